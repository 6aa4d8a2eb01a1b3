namespace BeastOrleans.Upstreams;

/// <summary>Section <c>Beast:Upstreams</c>.</summary>
public sealed class UpstreamOptions
{
    /// <summary>
    /// Networks that endpoints registered by tenants may resolve to beside public addresses: CIDR, a bare address, or
    /// <c>loopback</c>, each with an optional port: <c>10.0.0.0/8</c>, <c>127.0.0.1/32:9001</c>, <c>[::1]/128:9001</c>.
    /// Default none; at most 256.
    /// </summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>
    /// Who is sent the <c>traceparent</c> of a traced request: <c>none</c>, <c>custom</c> (registered models alone) or <c>all</c>
    /// (providers too: they learn which of your requests belong together). Default <c>none</c>.
    /// </summary>
    public string TraceContext { get; set; } = NoTraceContext;

    internal const string NoTraceContext = "none";

    internal const string CustomTraceContext = "custom";

    internal const string AllTraceContext = "all";
}
