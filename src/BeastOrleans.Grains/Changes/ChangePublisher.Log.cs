using BeastOrleans.Contracts.Changes;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Changes;

internal sealed partial class ChangePublisher
{
    [LoggerMessage(1, LogLevel.Warning, "A {Kind} change was not published on shard {Shard}; other processes see it within 15 s.")]
    private static partial void LogNotPublished(ILogger logger, Exception exception, ChangeKind kind, int shard);
}
