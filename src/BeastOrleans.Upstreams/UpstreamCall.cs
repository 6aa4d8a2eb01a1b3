using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams;

/// <summary>One attempt to be made: the client's request (read once, bytes as they came) and the endpoint to send it to.</summary>
public sealed class UpstreamCall
{
    public required EndpointDescriptor Target { get; init; }

    public required ChatRequest Request { get; init; }

    /// <summary>Ask for <c>stream_options.include_usage</c> where the dialect has it. Off after an upstream refused it.</summary>
    public bool AskUsageInStream { get; init; } = true;
}
