namespace BeastOrleans.Contracts.Cluster;

/// <summary>
/// Answers at once, on the very silo that a gateway's call came in at: a stateless worker. A gateway asks under many keys, so
/// that each of its connections is asked; the one that stays silent is to a silo that is frozen or cut off.
/// </summary>
[Alias("beast.IPulseGrain"), GrainInterfaceType("beast.pulse")]
public interface IPulseGrain : IGrainWithIntegerKey
{
    /// <returns>The silo's client gateway as it is known in the cluster, <c>ip:port</c>.</returns>
    [Alias("Beat"), ResponseTimeout("00:00:02")]
    Task<string> BeatAsync();
}
