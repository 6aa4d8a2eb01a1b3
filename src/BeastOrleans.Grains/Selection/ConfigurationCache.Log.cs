using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Selection;

internal sealed partial class ConfigurationCache
{
    [LoggerMessage(1, LogLevel.Warning, "Configuration could not be read again; plans are made from the last copy, for five minutes at most.")]
    private static partial void LogServedOld(ILogger logger, Exception exception);
}
