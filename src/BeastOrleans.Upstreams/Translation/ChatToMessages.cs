namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// OpenAI's chat completions said in Anthropic's messages, and the answers said back. One file for each direction:
/// <c>.Request</c>, <c>.Unsupported</c>, <c>.Response</c>; <see cref="MessagesStreamToChat"/> for streams.
/// </summary>
internal static partial class ChatToMessages
{
    /// <summary>Anthropic requires a limit; OpenAI's clients seldom give one.</summary>
    public const int DefaultMaxTokens = 4096;

    public static string FinishReason(string? stopReason) => stopReason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "refusal" => "content_filter",
        "tool_use" => "tool_calls",
        _ => "stop",
    };
}
