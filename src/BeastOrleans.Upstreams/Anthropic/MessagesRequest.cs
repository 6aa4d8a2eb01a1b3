using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>A request in Anthropic's messages dialect.</summary>
/// <remarks>
/// <see cref="ModelRequest.MaxOutputTokens"/> is <c>max_tokens</c> (null only where it is not asked for: counting tokens),
/// <see cref="ModelRequest.User"/> is <c>metadata.user_id</c>, <see cref="ModelRequest.PromptBytes"/> are those of system,
/// messages and tools.
/// </remarks>
public sealed class MessagesRequest : ModelRequest
{
    private (string Model, ChatRequest Chat)? _translated;

    /// <summary>The client's <c>anthropic-version</c>; null = it sent none.</summary>
    public string? Version { get; set; }

    /// <summary>The client's <c>anthropic-beta</c>, one header's value; null = it sent none.</summary>
    public string? Beta { get; set; }

    public override bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect)
    {
        defect = null;
        chat = _translated is { } known && known.Model == model ? known.Chat : null;
        if (chat is not null)
        {
            return true;
        }

        if (!MessagesToChat.TryTranslateRequest(this, model, out var body, out var dropped, out defect) || !ChatRequestReader.TryRead(body, out chat, out defect))
        {
            return false;
        }

        chat.Dropped = dropped;
        _translated = (model, chat);
        return true;
    }
}
