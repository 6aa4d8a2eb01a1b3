using System.Diagnostics.CodeAnalysis;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A legacy completions request. Goes to OpenAI-dialect endpoints only: a bare prompt has no faithful form as turns.</summary>
/// <remarks>
/// <see cref="ModelRequest.MaxOutputTokens"/> is <c>max_tokens</c> (the API's default is 16), <see cref="ModelRequest.Choices"/> is
/// prompts times the larger of <c>n</c> and <c>best_of</c>, <see cref="ModelRequest.PromptBytes"/> are those of <c>prompt</c> and <c>suffix</c>.
/// </remarks>
public sealed class CompletionsRequest : OpenAIRequest
{
    public override bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect)
    {
        (chat, defect) = (null, new RequestDefect("Legacy completions need an endpoint of the OpenAI dialect: this one takes chats only.", "prompt"));
        return false;
    }
}
