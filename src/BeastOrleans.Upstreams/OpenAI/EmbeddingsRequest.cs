using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>An embeddings request: the bytes as they came and what one pass over them found. Goes to OpenAI-dialect upstreams only.</summary>
public sealed class EmbeddingsRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <inheritdoc cref="ChatRequest.Model"/>
    public string? Model { get; init; }

    /// <inheritdoc cref="ChatRequest.ModelToken"/>
    public (int Start, int Length) ModelToken { get; init; }

    /// <inheritdoc cref="ChatRequest.ObjectStart"/>
    public int ObjectStart { get; init; }

    /// <summary>Always <see cref="Capabilities.Embeddings"/>.</summary>
    public Capabilities Needs { get; init; } = Capabilities.Embeddings;

    /// <summary>Texts to embed.</summary>
    public int Inputs { get; init; } = 1;

    /// <summary>The client wants base64, as openai-node does unless told otherwise.</summary>
    public bool IsBase64 { get; init; }

    /// <summary><c>dimensions</c>; null when absent.</summary>
    public int? Dimensions { get; init; }

    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the JSON of <c>input</c>: what estimates rest on.</summary>
    public int PromptBytes { get; init; }
}
