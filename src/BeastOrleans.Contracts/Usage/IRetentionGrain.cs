namespace BeastOrleans.Contracts.Usage;

/// <summary>Removes what has aged out of the ledger: one in the cluster, key 0, with a timer of its own.</summary>
[Alias("beast.IRetentionGrain"), GrainInterfaceType("beast.retention")]
public interface IRetentionGrain : IGrainWithIntegerKey
{
    /// <summary>Makes sure that it is there.</summary>
    [Alias("Wake"), ResponseTimeout("00:00:05")]
    Task WakeAsync();

    /// <summary>A round at once, as the timer makes one each minute.</summary>
    /// <returns>How many rows and plans were removed; 0 while another round runs.</returns>
    [Alias("Sweep"), ResponseTimeout("00:01:00")]
    Task<long> SweepAsync(CancellationToken cancellationToken = default);
}
