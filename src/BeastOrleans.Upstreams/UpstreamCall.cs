using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams;

/// <summary>One attempt to be made: the client's request (read once, bytes as they came) and the endpoint to send it to.</summary>
public sealed class UpstreamCall
{
    public required EndpointDescriptor Target { get; init; }

    public required ModelRequest Request { get; init; }

    /// <summary>The request as chat completions. Only for a request that can be said so: <see cref="ModelRequest.TryGetChat"/>.</summary>
    internal ChatRequest Chat => Request.TryGetChat(Target.Model, out var chat, out var defect)
        ? chat
        : throw new InvalidOperationException(defect.Message);

    /// <summary>Ask for <c>stream_options.include_usage</c> where the dialect has it. Off after an upstream refused it.</summary>
    public bool AskUsageInStream { get; init; } = true;
}
