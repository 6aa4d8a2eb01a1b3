using Orleans.Configuration;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// The times by which silos and gateways give each other up. Calm and fast: a hung silo is out after some 6 s (Orleans' own
/// defaults took 62 s, and clients hung for up to 90 s; measured).
/// </summary>
internal static class MembershipTimes
{
    /// <summary>Names are resolved again, and the list of gateways is read again, this often.</summary>
    public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    /// <summary>A host that is gone answers nothing at all: what waits to connect there is to go elsewhere soon.</summary>
    private static readonly TimeSpan OpenConnection = TimeSpan.FromSeconds(2);

    public static void Apply(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MinProbeTimeout = TimeSpan.FromMilliseconds(500);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        membership.NumMissedProbesLimit = 3;

        // With two silos one vote is all there is; Orleans takes the smaller of this and what the cluster can give.
        membership.NumVotesForDeathDeclaration = 2;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
    }

    public static void Apply(GatewayOptions gateways) => gateways.GatewayListRefreshPeriod = GatewayRefresh;

    public static void Apply(ConnectionOptions connections)
    {
        connections.OpenConnectionTimeout = OpenConnection;
        connections.ConnectionRetryDelay = TimeSpan.FromMilliseconds(250);
    }
}
