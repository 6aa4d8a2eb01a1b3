using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A request in OpenAI's Responses dialect: the bytes as they came and what one pass over them found.</summary>
public sealed class ResponsesRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The top-level <c>model</c>; null when absent, null or empty.</summary>
    public string? Model { get; init; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/> (its JSON token with quotes); length 0 when absent.</summary>
    public (int Start, int Length) ModelToken { get; init; }

    /// <summary>Just behind the body's opening brace: where a property can be put in.</summary>
    public int ObjectStart { get; init; }

    /// <summary>The body's object has no property. Never so in a request that was read: <c>input</c> is required.</summary>
    public bool IsEmptyObject { get; init; }

    public bool Stream { get; init; }

    /// <summary>What the request needs of a model.</summary>
    public Capabilities Needs { get; init; }

    /// <summary><c>max_output_tokens</c>, reasoning included.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The top-level <c>user</c>, else <c>safety_identifier</c> (its successor).</summary>
    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the JSON of <c>input</c> and <c>instructions</c>: what estimates rest on.</summary>
    public int PromptBytes { get; init; }
}
