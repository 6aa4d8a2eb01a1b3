using Xunit;
using YamlDotNet.RepresentationModel;

namespace BeastOrleans.DeployTests;

public sealed class OverlayTests
{
    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    [InlineData("prod-split")]
    public void An_overlay_keeps_every_rule(string overlay) => Assert.Empty(Policies.Check(Manifests.Parse(Manifests.Rendered(overlay))));

    [Fact]
    public void Dev_is_one_pod_and_prod_three_of_each()
    {
        Assert.Equal([("beastorleans", 1)], Replicas("dev"));
        Assert.Equal([("beastorleans", 3)], Replicas("prod"));
        Assert.Equal([("beastorleans", 3), ("beastorleans-migrate", 1), ("beastorleans-silo", 3)], Replicas("prod-split"));

        static IEnumerable<(string, int)> Replicas(string overlay) =>
            Manifests.Parse(Manifests.Rendered(overlay)).Workloads.Where(w => w.IsOurs).Select(w => (w.Name, w.Replicas)).Order();
    }

    [Fact]
    public void Prod_runs_what_was_tested() => Assert.All(
        (string[])["prod", "prod-split"],
        overlay => Assert.All(Manifests.Parse(Manifests.Rendered(overlay)).Workloads, w => Assert.Contains("@sha256:", w.Container.Image, StringComparison.Ordinal)));

    [Fact]
    public void A_gateway_of_the_split_shape_has_neither_database_nor_master_key()
    {
        var gateway = Manifests.Parse(Manifests.Rendered("prod-split")).Workloads.Single(w => w.Name == "beastorleans");

        Assert.DoesNotContain(gateway.Pod.Volumes, v => v.Secret?.SecretName is "beastorleans-keys" or "beastorleans-settings" or "beastorleans-silo-settings");
    }

    [Fact]
    public void Monitoring_reads_the_port_that_pods_have_under_the_name_that_rules_ask_for()
    {
        var prod = Manifests.Parse(Manifests.Rendered("prod"));
        var monitor = prod.Custom.Single(c => ((YamlScalarNode)c["kind"]).Value == "PodMonitor");
        var endpoint = (YamlMappingNode)((YamlSequenceNode)monitor["spec"]["podMetricsEndpoints"])[0];

        Assert.Contains(prod.Workloads.Single(w => w.IsOurs).Container.Ports, p => p.Name == ((YamlScalarNode)endpoint["port"]).Value);
        var labels = ((YamlSequenceNode)endpoint["relabelings"]).ToDictionary(r => ((YamlScalarNode)r["targetLabel"]).Value!, r => ((YamlScalarNode)r["replacement"]).Value!);
        Assert.Equal("beastorleans", labels["job"]);
        Assert.True(labels.ContainsKey("cluster"));
    }

    /// <summary>Each rule is there because somebody will break it: then it must say so.</summary>
    [Theory]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "writable root")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: false", "as root")]
    [InlineData("runAsUser: 1654", "runAsUser: 1000", "user 1654")]
    [InlineData("automountServiceAccountToken: false\n      containers", "automountServiceAccountToken: true\n      containers", "token is mounted")]
    [InlineData("terminationGracePeriodSeconds: 120", "terminationGracePeriodSeconds: 30", "is not 120")]
    [InlineData("Beast__DrainSeconds: \"60\"", "Beast__DrainSeconds: \"90\"", "is not 150")]
    [InlineData("Beast__ClusterId: beast", "Beast__ClusterName: beast", "Unknown setting Beast:ClusterName")]
    [InlineData("Beast__ClusterTls__KeyFile", "Beast__ClusterTls__Key", "would not start")]
    [InlineData("containerPort: 9464", "containerPort: 9465", "operations port")]
    [InlineData("containerPort: 11111", "containerPort: 11112", "Orleans' ports")]
    [InlineData("path: /health/ready", "path: /health/live", "readiness probe")]
    [InlineData("mountPath: /data", "mountPath: /spool", "usage spool")]
    [InlineData("targetPort: http", "targetPort: web", "is no port of")]
    [InlineData("maxUnavailable: 1", "maxUnavailable: 2", "more than one pod")]
    [InlineData("podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady", "wait for each other")]
    [InlineData("        - 169.254.0.0/16\n", "", "private network")]
    [InlineData("minReplicas: 3", "minReplicas: 1", "below what is asked for")]
    public void A_mistake_is_found(string right, string wrong, string finding)
    {
        var yaml = Manifests.Rendered("prod");
        Assert.Contains(right, yaml, StringComparison.Ordinal);

        Assert.Contains(Policies.Check(Manifests.Parse(yaml.Replace(right, wrong, StringComparison.Ordinal))), line => line.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public void A_field_that_Kubernetes_does_not_know_is_an_error() => Assert.ThrowsAny<Exception>(() =>
        Manifests.Parse(Manifests.Rendered("prod").Replace("podManagementPolicy:", "podManagmentPolicy:", StringComparison.Ordinal)));
}
