using BeastOrleans.Testing;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace BeastOrleans.DeployTests;

/// <summary>One overlay as it is applied: Kubernetes' own kinds parsed strictly, others by their YAML.</summary>
internal sealed class Manifests
{
    // Defined by the Prometheus operator and the gateway API, not by Kubernetes.
    private static readonly string[] Others = ["PodMonitor", "PrometheusRule", "HTTPRoute"];

    private Manifests(IReadOnlyList<object> objects, IReadOnlyList<YamlMappingNode> others)
    {
        Objects = objects;
        Custom = others;
    }

    public IReadOnlyList<object> Objects { get; }

    public IReadOnlyList<YamlMappingNode> Custom { get; }

    public IEnumerable<V1StatefulSet> StatefulSets => Objects.OfType<V1StatefulSet>();

    /// <summary>Whatever makes pods, by name.</summary>
    public IEnumerable<Workload> Workloads =>
    [
        .. StatefulSets.Select(s => new Workload(s.Metadata.Name, s.Spec.Replicas ?? 1, s.Spec.Template.Metadata.Labels, s.Spec.Template.Spec, [.. s.Spec.VolumeClaimTemplates?.Select(c => c.Metadata.Name) ?? []])),
        .. Objects.OfType<V1Deployment>().Select(d => new Workload(d.Metadata.Name, d.Spec.Replicas ?? 1, d.Spec.Template.Metadata.Labels, d.Spec.Template.Spec, [])),
        .. Objects.OfType<V1Job>().Select(j => new Workload(j.Metadata.Name, 1, j.Spec.Template.Metadata.Labels, j.Spec.Template.Spec, [])),
    ];

    public static string Rendered(string overlay) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, "k8s", "rendered", overlay + ".yaml"));

    public static Manifests Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var objects = new List<object>();
        var others = new List<YamlMappingNode>();
        foreach (var document in stream.Documents)
        {
            var node = (YamlMappingNode)document.RootNode;
            if (Others.Contains(((YamlScalarNode)node["kind"]).Value))
            {
                others.Add(node);
                continue;
            }

            using var text = new StringWriter();
            new YamlStream(new YamlDocument(node)).Save(text, assignAnchors: false);

            // Strict: a field that Kubernetes does not know, or knows in another place, is an error.
            objects.AddRange(KubernetesYaml.LoadAllFromString(text.ToString(), typeMap: null, strict: true));
        }

        return new Manifests(objects, others);
    }
}

/// <param name="Claims">Volumes that each pod has of its own and keeps.</param>
internal sealed record Workload(string Name, int Replicas, IDictionary<string, string> Labels, V1PodSpec Pod, IReadOnlyList<string> Claims)
{
    public V1Container Container => Pod.Containers[0];

    public bool IsOurs => Container.Image.Contains("beastorleans", StringComparison.Ordinal);

    /// <summary>A pod that stays and is asked things.</summary>
    public bool IsServer => Container.Ports is { Count: > 0 };

    public bool IsSelectedBy(IDictionary<string, string>? selector) =>
        selector is not null && selector.All(pair => Labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
