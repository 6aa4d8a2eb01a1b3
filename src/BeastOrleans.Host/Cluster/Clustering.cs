using BeastOrleans.Grains.Storage;
using BeastOrleans.Host.Settings;
using Orleans.Configuration;

namespace BeastOrleans.Host.Cluster;

/// <summary>How the silos of a cluster find each other: the one place that knows.</summary>
internal static class Clustering
{
    public static void UseBeastClustering(this ISiloBuilder silo, BeastOptions options)
    {
        silo.Configure<ClusterOptions>(cluster => SetIdentity(options, cluster));
        silo.Configure<EndpointOptions>(endpoints => SiloAddresses.Apply(options, endpoints));

        if (options.IsOnPostgres())
        {
            silo.UseBeastPostgresClustering();
        }
        else
        {
            // One silo: SQLite is a file of one process. The membership is that silo's memory.
            silo.UseDevelopmentClustering(primarySiloEndpoint: null);
        }
    }

    public static void SetIdentity(BeastOptions options, ClusterOptions cluster)
    {
        cluster.ClusterId = options.ClusterId;
        cluster.ServiceId = options.ServiceId;
    }
}
