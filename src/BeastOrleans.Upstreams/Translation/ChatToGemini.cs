using System.Buffers;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// OpenAI's chat completions said in Gemini's <c>generateContent</c>, and the answers said back. <c>.Fields</c> is the
/// table of what is carried; <c>.Request</c> and <c>.Contents</c> say it; <see cref="GeminiAnswer"/> reads an answer,
/// whole or a stream's event, and <see cref="GeminiAnswerToChat"/> says it back.
/// </summary>
internal static partial class ChatToGemini
{
    /// <summary>Stands for the signature of a call that another model made, or whose client did not keep it.</summary>
    public const string NoSignature = "skip_thought_signature_validator";

    /// <summary>The body to send, or what of the request cannot be said.</summary>
    /// <param name="request">Read and found well-formed.</param>
    /// <param name="root">The same body.</param>
    /// <param name="model">The upstream's name of the model: models differ in what they take.</param>
    public static TranslatedRequest Translate(ChatRequest request, JsonElement root, string model)
    {
        var scope = new Scope(request, root, GeminiModel.Of(model), new DroppedFields());
        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using var writer = new Utf8JsonWriter(buffer);
        if (WriteRequest(writer, scope) is { } refusal)
        {
            return TranslatedRequest.Refused(refusal);
        }

        writer.Flush();
        return TranslatedRequest.Of(buffer.WrittenMemory, scope.Dropped.ToArray());
    }

    /// <summary>OpenAI's word for a finish reason; null when the answer is not finished by it but broken.</summary>
    public static string? FinishReason(string reason, bool hasCalls) => reason switch
    {
        "MAX_TOKENS" => "length",
        "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII"
            or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT" or "IMAGE_RECITATION" => "content_filter",
        "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS" or "MISSING_THOUGHT_SIGNATURE"
            or "MALFORMED_RESPONSE" or "NO_IMAGE" or "IMAGE_OTHER" => null,
        _ => hasCalls ? "tool_calls" : "stop",
    };

    /// <summary>What every step of one translation needs.</summary>
    private sealed record Scope(ChatRequest Request, JsonElement Root, GeminiModel Model, DroppedFields Dropped);
}
