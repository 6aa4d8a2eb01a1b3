using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A legacy completions request: the bytes as they came and what one pass over them found. Goes to OpenAI-dialect upstreams only.</summary>
public sealed class CompletionsRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <inheritdoc cref="ChatRequest.Model"/>
    public string? Model { get; init; }

    /// <inheritdoc cref="ChatRequest.ModelToken"/>
    public (int Start, int Length) ModelToken { get; init; }

    /// <inheritdoc cref="ChatRequest.StreamOptionsToken"/>
    public (int Start, int Length) StreamOptionsToken { get; init; }

    /// <inheritdoc cref="ChatRequest.StreamOptionsMember"/>
    public (int Start, int Length) StreamOptionsMember { get; init; }

    /// <inheritdoc cref="ChatRequest.ObjectStart"/>
    public int ObjectStart { get; init; }

    /// <summary>The body's object has no property. Never so in a request that was read: <c>prompt</c> is required.</summary>
    public bool IsEmptyObject { get; init; }

    public bool Stream { get; init; }

    /// <inheritdoc cref="ChatRequest.IncludeUsage"/>
    public bool IncludeUsage { get; init; }

    /// <summary>Plain text asks for nothing special.</summary>
    public Capabilities Needs { get; init; }

    /// <summary><c>max_tokens</c>; null when absent (the API's default is 16).</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Answers made and billed: prompts times the larger of <c>n</c> and <c>best_of</c>.</summary>
    public int Choices { get; init; } = 1;

    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the JSON of <c>prompt</c> and <c>suffix</c>: what estimates rest on.</summary>
    public int PromptBytes { get; init; }
}
