using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Cluster;

/// <summary>Picks fronts in turn, of those whose readiness it last saw, as any load balancer does.</summary>
internal sealed class LoadBalancer(IReadOnlyList<Node> fronts)
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(500);

    private readonly bool[] _ready = new bool[fronts.Count];
    private int _turn;

    public async Task CheckAsync(CancellationToken stop)
    {
        using var pace = new PeriodicTimer(CheckEvery);
        do
        {
            var ready = await Task.WhenAll(fronts.Select(f => f.IsReadyAsync()));
            ready.CopyTo(_ready, 0);
        }
        while (await IsTimeAsync(pace, stop));
    }

    /// <param name="tried">Fronts that refused this request's connection.</param>
    /// <returns>Null when none is left.</returns>
    public Node? Pick(IReadOnlyCollection<Node> tried)
    {
        for (var i = 0; i < fronts.Count; i++)
        {
            var at = (int)((uint)Interlocked.Increment(ref _turn) % fronts.Count);
            if (Volatile.Read(ref _ready[at]) && !tried.Contains(fronts[at]))
            {
                return fronts[at];
            }
        }

        return null;
    }

    private static async Task<bool> IsTimeAsync(PeriodicTimer pace, CancellationToken stop)
    {
        try
        {
            return await pace.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
