using System.Buffers;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// OpenAI's chat completions said in Anthropic's messages, and the answers said back. <c>.Fields</c> is the table of what
/// is carried; <c>.Request</c>, <c>.Turns</c> and <c>.Tools</c> say it; <c>.Response</c> and <see cref="MessagesStreamToChat"/> say it back.
/// </summary>
internal static partial class ChatToMessages
{
    /// <summary>Anthropic requires a limit; OpenAI's clients seldom give one.</summary>
    public const int DefaultMaxTokens = 4096;

    /// <param name="stopReason">Anthropic's.</param>
    /// <param name="oldStyle">See <see cref="UsesFunctions"/>.</param>
    public static string FinishReason(string? stopReason, bool oldStyle = false) => stopReason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "refusal" => "content_filter",
        "tool_use" => oldStyle ? "function_call" : "tool_calls",
        _ => "stop",
    };

    /// <summary>The body to send, or what of the request cannot be said.</summary>
    /// <param name="request">Read and found well-formed.</param>
    /// <param name="root">The same body.</param>
    /// <param name="model">The upstream's name of the model: models differ in what they take.</param>
    public static TranslatedRequest Translate(ChatRequest request, JsonElement root, string model)
    {
        var scope = new Scope(request, root, ClaudeModel.Of(model), new DroppedFields());
        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using var writer = new Utf8JsonWriter(buffer);
        if (WriteRequest(writer, scope, model) is { } refusal)
        {
            return TranslatedRequest.Refused(refusal);
        }

        writer.Flush();
        return TranslatedRequest.Of(buffer.WrittenMemory, scope.Dropped.ToArray());
    }

    /// <summary>The client speaks the old style of calls (<c>functions</c>) and wants its answer so.</summary>
    public static bool UsesFunctions(ChatRequest request)
    {
        if (!request.Needs.HasFlag(Capabilities.Tools))
        {
            return false;
        }

        var reader = new Utf8JsonReader(request.Body.Span, new JsonReaderOptions { MaxDepth = ChatRequestReader.MaxDepth });
        reader.Read();
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTools = reader.ValueTextEquals("tools"u8);
            var isFunctions = reader.ValueTextEquals("functions"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray && isTools)
            {
                return false;
            }

            found |= isFunctions && reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
        }

        return found;
    }

    /// <summary>What every step of one translation needs.</summary>
    private sealed record Scope(ChatRequest Request, JsonElement Root, ClaudeModel Model, DroppedFields Dropped);
}
