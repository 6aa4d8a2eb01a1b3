using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// OpenAI's Responses, which the client speaks, said in chat completions, and the answers said back. <c>.Fields</c> is the
/// table of what is carried, refused and dropped; <c>.Options</c>, <c>.Tools</c>, <c>.Input</c> and <c>.Parts</c> write the
/// request; <c>.Response</c> the whole answer; <see cref="ChatStreamToResponses"/> streams.
/// </summary>
public static partial class ResponsesToChat
{
    internal static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = ResponsesRequestReader.MaxDepth };

    /// <summary>Pure. The chat request, or what of the request cannot be said, by its path in the client's body.</summary>
    /// <param name="model">The upstream's name of the model, which decides what its limit is called; null = the client's name.</param>
    public static bool TryTranslateRequest(
        ResponsesRequest request,
        [NotNullWhen(true)] out ResponsesCall? call,
        [NotNullWhen(false)] out RequestDefect? defect,
        string? model = null)
    {
        call = null;
        using var document = JsonDocument.Parse(request.Body, Parsing);
        var root = document.RootElement;
        var dropped = new DroppedFields();
        defect = Judge(root, "", "", dropped);
        if (defect is not null)
        {
            return false;
        }

        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            if (request.Model is not null)
            {
                writer.WriteString("model", request.Model);
            }

            defect = WriteMessages(writer, root, dropped)
                ?? WriteOptions(writer, request, ChatModelTraits.Of(model ?? request.Model ?? ""), root, dropped)
                ?? WriteTools(writer, root, dropped);
            writer.WriteEndObject();
        }

        if (defect is not null)
        {
            return false;
        }

        call = new ResponsesCall(buffer.WrittenMemory, dropped.ToArray(), ResponsesEcho.Write(root));
        return true;
    }

    /// <summary>The member, when it is there and not null.</summary>
    internal static bool TryGiven(JsonElement element, string name, out JsonElement value) =>
        element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The member's text; null when it is absent or no string.</summary>
    internal static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsFlag(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
}
