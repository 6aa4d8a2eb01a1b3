using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Changes;

/// <summary>
/// Tells every process of a change, through the shard that its subject belongs to. Never throws: what the news is about has
/// been stored already, and a process that misses it reads again after 15 s.
/// </summary>
internal sealed partial class ChangePublisher(IGrainFactory grains, ILogger<ChangePublisher> logger)
{
    public async Task PublishAsync(Change change)
    {
        var shard = ChangeFeedShards.Of(change.Subject);
        try
        {
            await grains.GetGrain<IChangeFeedGrain>(GrainKeys.ChangeFeed(shard)).PublishAsync([change]);
        }
        catch (Exception exception)
        {
            // Whatever went wrong (a dead silo, a timeout, shutdown), the write it follows must not look failed.
            LogNotPublished(logger, exception, change.Kind, shard);
        }
    }
}
