using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>An embeddings request. Goes to OpenAI-dialect endpoints only.</summary>
/// <remarks><see cref="ModelRequest.PromptBytes"/> are those of <c>input</c>.</remarks>
public sealed class EmbeddingsRequest : ModelRequest
{
    public EmbeddingsRequest() => Needs = Capabilities.Embeddings;

    /// <summary>Texts to embed.</summary>
    public int Inputs { get; init; } = 1;

    /// <summary>The client wants base64, as openai-node does unless told otherwise.</summary>
    public bool IsBase64 { get; init; }

    /// <summary><c>dimensions</c>; null when absent.</summary>
    public int? Dimensions { get; init; }

    public override bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect)
    {
        (chat, defect) = (null, new RequestDefect("Embeddings need an endpoint of the OpenAI dialect.", "input"));
        return false;
    }
}
