using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A request in OpenAI's Responses dialect.</summary>
/// <remarks>
/// <see cref="ModelRequest.MaxOutputTokens"/> is <c>max_output_tokens</c> (reasoning included), <see cref="ModelRequest.User"/> is
/// <c>user</c>, else <c>safety_identifier</c>, <see cref="ModelRequest.PromptBytes"/> are those of <c>input</c> and <c>instructions</c>.
/// </remarks>
public sealed class ResponsesRequest : ModelRequest
{
    private (string Model, ChatRequest Chat)? _translated;

    /// <summary>What an answer needs to know of the request; null until it was translated.</summary>
    public ResponsesCall? Call { get; private set; }

    public override bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect)
    {
        defect = null;
        chat = _translated is { } known && known.Model == model ? known.Chat : null;
        if (chat is not null)
        {
            return true;
        }

        if (!ResponsesToChat.TryTranslateRequest(this, out var call, out defect, model) || !ChatRequestReader.TryRead(call.ChatBody, out chat, out defect))
        {
            return false;
        }

        chat.Dropped = call.Dropped;
        (Call, _translated) = (call, (model, chat));
        return true;
    }
}
