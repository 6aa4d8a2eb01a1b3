using System.Globalization;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Shutdown;
using BeastOrleans.Host.Startup;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace BeastOrleans.DeployTests;

/// <summary>What must hold of every overlay. Each finding is a line; none is what one wants.</summary>
internal static class Policies
{
    private static readonly string[] PrivateNetworks = ["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

    public static IReadOnlyList<string> Check(Manifests manifests) =>
    [
        .. manifests.Workloads.SelectMany(CheckPod),
        .. manifests.Workloads.Where(w => w.IsOurs && w.IsServer).SelectMany(w => CheckServer(manifests, w)),
        .. CheckServices(manifests),
        .. CheckDisruption(manifests),
        .. CheckNetwork(manifests),
        .. CheckAccess(manifests),
        .. manifests.StatefulSets.Where(s => s.Metadata.Name == "beastorleans").SelectMany(CheckStatefulSet),
    ];

    private static IEnumerable<string> CheckPod(Workload workload)
    {
        var pod = workload.Pod;
        if (pod.AutomountServiceAccountToken != false)
        {
            yield return $"{workload.Name}: a service account's token is mounted";
        }

        if (pod.SecurityContext is not { RunAsNonRoot: true, SeccompProfile.Type: "RuntimeDefault" })
        {
            yield return $"{workload.Name}: may run as root, or without seccomp";
        }

        if (workload.IsOurs && pod.SecurityContext.RunAsUser != 1654)
        {
            yield return $"{workload.Name}: does not run as the image's user 1654";
        }

        foreach (var container in pod.Containers)
        {
            if (container.SecurityContext is not { AllowPrivilegeEscalation: false, ReadOnlyRootFilesystem: true, Capabilities.Drop: ["ALL"] })
            {
                yield return $"{workload.Name}: {container.Name} has a writable root, capabilities or a way to more";
            }

            if (container.Resources?.Requests?.ContainsKey("cpu") != true || container.Resources.Limits?.ContainsKey("memory") != true)
            {
                yield return $"{workload.Name}: {container.Name} asks for no processor or has no limit of memory";
            }

            if (container.Image.EndsWith(":latest", StringComparison.Ordinal) || container.Image.IndexOfAny([':', '@']) < 0)
            {
                yield return $"{workload.Name}: {container.Image} is not pinned";
            }

            foreach (var mount in container.VolumeMounts ?? [])
            {
                if (!workload.Claims.Contains(mount.Name) && pod.Volumes?.Any(v => v.Name == mount.Name) != true)
                {
                    yield return $"{workload.Name}: {mount.MountPath} mounts {mount.Name}, which is no volume";
                }
            }
        }

        foreach (var spread in pod.TopologySpreadConstraints ?? [])
        {
            if (!workload.IsSelectedBy(spread.LabelSelector.MatchLabels))
            {
                yield return $"{workload.Name}: spreads pods that are not its own";
            }
        }
    }

    private static IEnumerable<string> CheckServer(Manifests manifests, Workload workload)
    {
        var container = workload.Container;
        var ports = container.Ports.ToDictionary(p => p.Name, p => p.ContainerPort);
        if (ports.GetValueOrDefault("operations") != new BeastOptions().OperationsPort)
        {
            yield return $"{workload.Name}: the operations port is not the product's";
        }

        foreach (var (name, probe, path) in new[] { ("startup", container.StartupProbe, "/health/live"), ("liveness", container.LivenessProbe, "/health/live"), ("readiness", container.ReadinessProbe, "/health/ready") })
        {
            if (probe?.HttpGet?.Path != path || probe.HttpGet.Port.Value != "operations")
            {
                yield return $"{workload.Name}: the {name} probe does not ask {path} on the operations port";
            }
        }

        BeastOptions? options = null;
        string? problem = null;
        var configuration = ConfigurationOf(manifests, workload);
        try
        {
            options = SettingsReader.Read(configuration);
        }
        catch (StartupException e)
        {
            problem = e.Message;
        }

        if (options is null)
        {
            yield return $"{workload.Name}: would not start: {problem}";
            yield break;
        }

        var grace = ShutdownTimes.Of(options, isLoopbackOnly: false).GracePeriod();
        if (workload.Pod.TerminationGracePeriodSeconds != (long)grace.TotalSeconds)
        {
            yield return $"{workload.Name}: terminationGracePeriodSeconds is not {grace.TotalSeconds.ToString(CultureInfo.InvariantCulture)}";
        }

        if (options.HasApi() && ports.GetValueOrDefault("http") != new Uri(configuration["urls"]!).Port)
        {
            yield return $"{workload.Name}: the port http is not where the API listens";
        }

        if (options.HasApi() && container.VolumeMounts.All(m => m.MountPath != options.DataDirectory || !workload.Claims.Contains(m.Name)))
        {
            yield return $"{workload.Name}: the usage spool is not on a volume that outlives its pod";
        }

        if (options.IsClustered() && (ports.GetValueOrDefault("silo") != options.SiloPort || ports.GetValueOrDefault("client-gateway") != options.ClientGatewayPort))
        {
            yield return $"{workload.Name}: Orleans' ports are not the product's";
        }
    }

    /// <summary>As the process would see it: its ConfigMap, its variables, and what stands in the secrets it mounts.</summary>
    private static IConfiguration ConfigurationOf(Manifests manifests, Workload workload)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var source in workload.Container.EnvFrom ?? [])
        {
            var map = manifests.Objects.OfType<V1ConfigMap>().Single(m => m.Metadata.Name == source.ConfigMapRef.Name);
            foreach (var (name, value) in map.Data)
            {
                settings[Key(name)] = value;
            }
        }

        foreach (var variable in workload.Container.Env ?? [])
        {
            settings[Key(variable.Name)] = variable.Value ?? (variable.ValueFrom.FieldRef?.FieldPath == "status.podIP" ? "10.1.2.3" : null);
        }

        var secrets = workload.Pod.Volumes?.Select(v => v.Secret?.SecretName).OfType<string>().ToHashSet() ?? [];
        if (secrets.Overlaps(["beastorleans-settings", "beastorleans-silo-settings"]))
        {
            settings["ConnectionStrings:Beast"] = "Host=db;Database=beast";
        }

        if (secrets.Overlaps(["beastorleans-settings", "beastorleans-gateway-settings"]))
        {
            settings["Beast:AdminKey"] = new string('a', 64);
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }

    private static string Key(string variable) => variable == "ASPNETCORE_URLS" ? "urls" : variable.Replace("__", ":", StringComparison.Ordinal);

    private static IEnumerable<string> CheckServices(Manifests manifests)
    {
        foreach (var service in manifests.Objects.OfType<V1Service>())
        {
            var behind = manifests.Workloads.Where(w => w.IsSelectedBy(service.Spec.Selector)).ToList();
            if (behind.Count != 1)
            {
                yield return $"service {service.Metadata.Name}: {behind.Count} workloads are behind it";
                continue;
            }

            foreach (var port in service.Spec.Ports.Where(p => behind[0].Container.Ports.All(c => c.Name != p.TargetPort.Value)))
            {
                yield return $"service {service.Metadata.Name}: {port.TargetPort.Value} is no port of {behind[0].Name}";
            }
        }

        foreach (var ingress in manifests.Objects.OfType<V1Ingress>())
        {
            foreach (var backend in ingress.Spec.Rules.SelectMany(r => r.Http.Paths).Select(p => p.Backend.Service))
            {
                if (!manifests.Objects.OfType<V1Service>().Any(s => s.Metadata.Name == backend.Name && s.Spec.Ports.Any(p => p.Name == backend.Port.Name)))
                {
                    yield return $"ingress {ingress.Metadata.Name}: no service {backend.Name} has a port {backend.Port.Name}";
                }
            }
        }
    }

    private static IEnumerable<string> CheckDisruption(Manifests manifests)
    {
        var budgets = manifests.Objects.OfType<V1PodDisruptionBudget>().ToList();
        foreach (var workload in manifests.Workloads.Where(w => w.IsOurs && w.IsServer && w.Replicas > 1))
        {
            if (budgets.Count(b => workload.IsSelectedBy(b.Spec.Selector.MatchLabels)) != 1)
            {
                yield return $"{workload.Name}: not exactly one disruption budget is for it";
            }
        }

        foreach (var budget in budgets)
        {
            var of = manifests.Workloads.Where(w => w.IsSelectedBy(budget.Spec.Selector.MatchLabels)).ToList();
            if (of.Count != 1 || budget.Spec.MaxUnavailable?.Value != "1" || of[0].Replicas < 3)
            {
                yield return $"disruption budget {budget.Metadata.Name}: takes more than one pod at a time, or of fewer than three";
            }
        }

        foreach (var scaler in manifests.Objects.OfType<V2HorizontalPodAutoscaler>())
        {
            var target = manifests.Workloads.FirstOrDefault(w => w.Name == scaler.Spec.ScaleTargetRef.Name);
            if (target is null || scaler.Spec.MinReplicas < target.Replicas)
            {
                yield return $"autoscaler {scaler.Metadata.Name}: scales nothing, or below what is asked for";
            }
        }
    }

    private static IEnumerable<string> CheckNetwork(Manifests manifests)
    {
        var policies = manifests.Objects.OfType<V1NetworkPolicy>().ToList();
        var denies = policies.Where(p => p.Spec is { Ingress: null or { Count: 0 }, Egress: null or { Count: 0 } } && p.Spec.PolicyTypes.Order().SequenceEqual(["Egress", "Ingress"])).ToList();
        foreach (var workload in manifests.Workloads.Where(w => w.IsOurs))
        {
            if (!denies.Any(p => workload.IsSelectedBy(p.Spec.PodSelector.MatchLabels ?? new Dictionary<string, string>())))
            {
                yield return $"{workload.Name}: nothing denies what is not allowed";
            }
        }

        foreach (var (policy, rule) in policies.SelectMany(p => (p.Spec.Ingress ?? []).Select(r => (p, r))))
        {
            var reachesOrleans = rule.Ports is null || rule.Ports.Any(p => p.Port.Value is "11111" or "30000");
            var onlyOurs = rule.FromProperty?.All(f => f is { PodSelector.MatchLabels: { } labels, NamespaceSelector: null, IpBlock: null } && labels.ContainsKey("app.kubernetes.io/name"));
            if (reachesOrleans && onlyOurs != true)
            {
                yield return $"network policy {policy.Metadata.Name}: others reach Orleans' ports";
            }

            if ((rule.Ports is null || rule.Ports.Any(p => p.Port.Value == "9464")) && rule.FromProperty is null or { Count: 0 })
            {
                yield return $"network policy {policy.Metadata.Name}: everybody reads the metrics";
            }
        }

        foreach (var (policy, block) in policies.SelectMany(p => (p.Spec.Egress ?? []).SelectMany(r => r.To ?? []).Select(t => t.IpBlock).OfType<V1IPBlock>().Select(b => (p, b))))
        {
            if (block.Cidr == "0.0.0.0/0" && !PrivateNetworks.All(network => block.Except?.Contains(network) == true))
            {
                yield return $"network policy {policy.Metadata.Name}: a tenant's address reaches a private network";
            }
        }
    }

    private static IEnumerable<string> CheckAccess(Manifests manifests)
    {
        foreach (var found in manifests.Objects.Where(o => o is V1Role or V1ClusterRole or V1RoleBinding or V1ClusterRoleBinding))
        {
            yield return $"{found.GetType().Name}: nothing here needs a right in Kubernetes";
        }

        foreach (var secret in manifests.Objects.OfType<V1Secret>())
        {
            yield return $"secret {secret.Metadata.Name}: secrets do not belong into files that are shared";
        }

        foreach (var (workload, variable) in manifests.Workloads.SelectMany(w => (w.Container.Env ?? []).Select(e => (w, e))))
        {
            if (variable.ValueFrom?.SecretKeyRef is not null)
            {
                yield return $"{workload.Name}: {variable.Name} is a secret in the environment, where every tool shows it";
            }
        }
    }

    private static IEnumerable<string> CheckStatefulSet(V1StatefulSet set)
    {
        if (set.Spec.PodManagementPolicy != "Parallel")
        {
            yield return $"{set.Metadata.Name}: pods wait for each other";
        }

        if (set.Spec.UpdateStrategy.RollingUpdate?.MaxUnavailable is { Value: not "1" })
        {
            yield return $"{set.Metadata.Name}: takes more than one pod at a time";
        }
    }
}
