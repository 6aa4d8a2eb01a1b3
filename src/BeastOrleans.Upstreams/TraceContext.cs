using System.Diagnostics;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams;

/// <summary>Who is told the trace of a request. Of the context only <c>traceparent</c> ever leaves: baggage and state are our caller's.</summary>
public static class TraceContext
{
    /// <summary>The gateway's spans.</summary>
    public const string SourceName = "BeastOrleans.Gateway";

    public const string Header = "traceparent";

    /// <summary>The header's value; null when the request is not traced or this upstream is not to know.</summary>
    internal static string? For(EndpointDescriptor target, string setting) =>
        setting is UpstreamOptions.NoTraceContext || (setting is UpstreamOptions.CustomTraceContext && target.Type != EndpointType.Custom)
            ? null
            : Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current && current.Source.Name == SourceName ? current.Id : null;
}
