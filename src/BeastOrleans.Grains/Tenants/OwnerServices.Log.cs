using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Tenants;

internal sealed partial class OwnerServices
{
    [LoggerMessage(1, LogLevel.Warning, "A removed endpoint did not confirm that it forgot its registration; it is asked again before its owner's next write.")]
    private static partial void LogNotForgotten(ILogger logger, Exception exception);
}
