using System.Diagnostics.CodeAnalysis;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A chat request in OpenAI's dialect.</summary>
/// <remarks>
/// <see cref="ModelRequest.MaxOutputTokens"/> is the larger of <c>max_completion_tokens</c> and <c>max_tokens</c>: which one
/// counts differs by upstream.
/// </remarks>
public sealed class ChatRequest : OpenAIRequest
{
    /// <summary>Fields of the client's request that its translation into this one left out.</summary>
    public IReadOnlyList<string> Dropped { get; internal set; } = [];

    public override bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect)
    {
        (chat, defect) = (this, null);
        return true;
    }
}
