using BeastOrleans.Contracts.Identity;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Changes;

/// <summary>Recent changes in memory, long-polled by every process. Keyed by <see cref="GrainKeys.ChangeFeed"/>.</summary>
[Alias("beast.IChangeFeedGrain"), GrainInterfaceType("beast.change-feed")]
public interface IChangeFeedGrain : IGrainWithStringKey
{
    /// <summary>How many changes a shard keeps; a poller further behind gets <see cref="ChangeBatch.Resync"/>.</summary>
    const int Capacity = 4096;

    /// <summary>The longest wait of a poll.</summary>
    static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    [Alias("Publish"), AlwaysInterleave, ResponseTimeout("00:00:02")]
    Task PublishAsync(Change[] changes);

    /// <summary>Answers at once when there is news after <paramref name="position"/>, else when some comes or the wait ends.</summary>
    /// <param name="epoch">0 on the first poll: then the answer is the current position and no resync.</param>
    [Alias("Poll"), AlwaysInterleave, ResponseTimeout("00:00:15")]
    Task<ChangeBatch> PollAsync(long epoch, long position, CancellationToken cancellationToken = default);
}

/// <summary>Which shard of the feed carries a change.</summary>
public static class ChangeFeedShards
{
    /// <summary>Fixed: every process polls all of them.</summary>
    public const int Count = 2;

    /// <summary>FNV-1a of the subject: the same in every process and version (string hash codes are not).</summary>
    public static int Of(string subject)
    {
        var hash = 2166136261u;
        foreach (var c in subject)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)(hash % Count);
    }
}

/// <summary>Told of changes by the process's one follower of the feed. Calls are quick and do not throw.</summary>
public interface IChangeListener
{
    void OnChange(Change change);

    /// <summary>News may have been lost: everything cached must be read again.</summary>
    void OnResync();
}
