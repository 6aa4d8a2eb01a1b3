using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>A request in Anthropic's messages dialect: the bytes as they came and what one pass over them found.</summary>
public sealed class MessagesRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The top-level <c>model</c>; null when absent or null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/> (its JSON token with quotes); length 0 when absent.</summary>
    public (int Start, int Length) ModelToken { get; init; }

    /// <summary>Just behind the body's opening brace: where a property can be put in. A request that was read always has another behind it.</summary>
    public int ObjectStart { get; init; }

    public bool Stream { get; init; }

    /// <summary>What the request needs of a model.</summary>
    public Capabilities Needs { get; init; }

    /// <summary><c>max_tokens</c>; null only where it is not asked for (counting tokens).</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary><c>metadata.user_id</c>.</summary>
    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the JSON of system, messages and tools: what estimates rest on.</summary>
    public int PromptBytes { get; init; }
}
