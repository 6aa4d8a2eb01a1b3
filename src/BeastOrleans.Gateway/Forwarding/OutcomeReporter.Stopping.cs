namespace BeastOrleans.Gateway.Forwarding;

internal sealed partial class OutcomeReporter
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Reports are taken from the channel and not in flight yet.</summary>
    private volatile bool _isBatching;

    /// <summary>No request is left by now: what the last ones told, permits above all, goes out before the cluster is left.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        try
        {
            while (_urgent.Reader.Count > 0 || _isBatching || Volatile.Read(ref _inFlight) > 0)
            {
                await Task.Delay(StopPause, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Circuits are soft state, and permits run out: what is unsent now is not missed for long.
        }

        await base.StopAsync(cancellationToken);
    }
}
