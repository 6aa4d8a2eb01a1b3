using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Gateway;

namespace BeastOrleans.Host.Changes;

/// <summary>The process's one follower of the change feed: long-polls every shard and tells every listener.</summary>
internal sealed partial class ChangeFeedFollower(
    IGrainFactory grains, IEnumerable<IChangeListener> listeners, ClusterReach reach, TimeProvider time, ILogger<ChangeFeedFollower> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly IChangeListener[] _listeners = [.. listeners];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await reach.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, ChangeFeedShards.Count).Select(shard => FollowAsync(shard, stoppingToken)));
    }

    private async Task FollowAsync(int shard, CancellationToken stoppingToken)
    {
        long epoch = 0;
        long position = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var batch = await grains.GetGrain<IChangeFeedGrain>(GrainKeys.ChangeFeed(shard))
                    .PollAsync(epoch, position, stoppingToken)
                    .WaitAsync(stoppingToken);
                Tell(batch);
                (epoch, position) = (batch.Epoch, batch.Position);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Caches expire by themselves while the feed is away; when it is back, its new epoch asks for a resync.
                LogPollFailed(e, shard);
                try
                {
                    await Task.Delay(RetryAfter, time, stoppingToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private void Tell(ChangeBatch batch)
    {
        foreach (var listener in _listeners)
        {
            if (batch.Resync)
            {
                listener.OnResync();
            }

            foreach (var change in batch.Changes)
            {
                listener.OnChange(change);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} of the change feed did not answer")]
    private partial void LogPollFailed(Exception exception, int shard);
}
