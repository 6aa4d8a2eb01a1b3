using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway;

namespace BeastOrleans.Host.Operations;

/// <summary>Whether this process wants traffic: not before it has started and a grain has answered, not once it is stopping.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, ClusterReach reach, IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A silo that froze or was killed is buried within seconds, and until then users seen lately are served all the same: a
    /// whole fleet that declares itself not ready meanwhile would turn one lost silo into an outage.
    /// </summary>
    private static readonly TimeSpan HoldsFor = TimeSpan.FromSeconds(30);

    private long _answeredAt;
    private volatile bool _isStopping;

    /// <summary>From here on the answer is no, whatever else is well.</summary>
    public void Stop() => _isStopping = true;

    /// <returns>Null when ready, else why not.</returns>
    public async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        if (_isStopping || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return "stopping";
        }

        return !lifetime.ApplicationStarted.IsCancellationRequested ? "starting"
            : !reach.IsOpen ? "no silo answers yet"
            : await AskClusterAsync(cancellationToken);
    }

    /// <summary>Ready is when a grain with stored state answers, or did a moment ago.</summary>
    private async Task<string?> AskClusterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetSnapshotAsync().WaitAsync(AnswerLimit, time, cancellationToken);
            Volatile.Write(ref _answeredAt, time.GetTimestamp());
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Volatile.Read(ref _answeredAt) is not 0 and var at && time.GetElapsedTime(at) < HoldsFor ? null : "the cluster does not answer";
        }
    }
}
