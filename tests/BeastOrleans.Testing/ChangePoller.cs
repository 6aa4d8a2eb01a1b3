using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BeastOrleans.Testing;

/// <summary>The least that follows the change feed for one silo: polls every shard and tells the silo's listeners.</summary>
internal sealed class ChangePoller(IServiceProvider services) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly bool[] _isFollowing = new bool[ChangeFeedShards.Count];

    /// <summary>Every shard has answered once, so nothing published from now on is missed.</summary>
    public bool IsFollowing => Array.TrueForAll(_isFollowing, one => one);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, ChangeFeedShards.Count).Select(shard => FollowAsync(shard, stoppingToken)));

    private async Task FollowAsync(int shard, CancellationToken stoppingToken)
    {
        await Task.Yield();
        var listeners = services.GetServices<IChangeListener>().ToArray();
        var (epoch, position) = (0L, 0L);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var feed = services.GetRequiredService<IGrainFactory>().GetGrain<IChangeFeedGrain>(GrainKeys.ChangeFeed(shard));
                var batch = await feed.PollAsync(epoch, position, stoppingToken);
                Tell(listeners, batch);
                (epoch, position) = (batch.Epoch, batch.Position);
                _isFollowing[shard] = true;
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The silo is starting or going, or the feed's own silo died: ask again until it answers.
                await Task.Delay(AfterFailure, CancellationToken.None);
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    private static void Tell(IChangeListener[] listeners, ChangeBatch batch)
    {
        foreach (var listener in listeners)
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
}
