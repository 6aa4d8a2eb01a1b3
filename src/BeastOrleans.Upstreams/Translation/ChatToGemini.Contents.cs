using System.Text;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The system's text and the contents.</summary>
internal static partial class ChatToGemini
{
    private static FieldRefusal? WriteSystem(Utf8JsonWriter writer, Scope scope, List<ChatEntry> entries)
    {
        var open = false;
        foreach (var entry in entries.Where(static entry => entry.Kind == ChatEntryKind.System))
        {
            var refusal = ChatPart.ReadMessage(entry.Message, entry.Index, Fields, scope.Dropped, out var parts);
            if (refusal is not null)
            {
                return refusal;
            }

            if (parts.Find(static part => part.Kind != ChatPartKind.Text) is { } other)
            {
                return Fields.Cannot(other.Path, "a system message holds text alone there.");
            }

            if (parts.Count > 0 && !open)
            {
                writer.WriteStartObject("systemInstruction");
                writer.WriteStartArray("parts");
                open = true;
            }

            parts.ForEach(part => WritePart(writer, part));
        }

        if (open)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return null;
    }

    private static FieldRefusal? WriteContents(Utf8JsonWriter writer, Scope scope, List<ChatEntry> entries)
    {
        string? open = null;
        writer.WriteStartArray("contents");
        foreach (var entry in entries.Where(static entry => entry.Kind != ChatEntryKind.System))
        {
            var parts = new List<ChatPart>();
            var refusal = entry.Kind == ChatEntryKind.Results ? null : ChatPart.ReadMessage(entry.Message, entry.Index, Fields, scope.Dropped, out parts);
            if (refusal is not null)
            {
                return refusal;
            }

            if (parts.Count == 0 && entry.Calls.Count == 0 && entry.Results.Count == 0)
            {
                continue;
            }

            var role = entry.Kind == ChatEntryKind.Assistant ? "model" : "user";
            if (role != open)
            {
                CloseContent(writer, open);
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteStartArray("parts");
                open = role;
            }

            parts.ForEach(part => WritePart(writer, part));
            if ((WriteCalls(writer, scope, entry) ?? WriteResults(writer, scope, entry)) is { } problem)
            {
                return problem;
            }
        }

        CloseContent(writer, open);
        writer.WriteEndArray();
        return open is null ? new FieldRefusal("'messages' must hold a message of role user with content in it.", "messages") : null;
    }

    private static void CloseContent(Utf8JsonWriter writer, string? open)
    {
        if (open is not null)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private static void WritePart(Utf8JsonWriter writer, ChatPart part)
    {
        writer.WriteStartObject();
        switch (part.Kind)
        {
            case ChatPartKind.Text:
                writer.WriteString("text", part.Text);
                break;
            case ChatPartKind.LinkedImage:
                writer.WriteStartObject("fileData");
                if (MediaTypeOf(part.Text) is { } mediaType)
                {
                    writer.WriteString("mimeType", mediaType);
                }

                writer.WriteString("fileUri", part.Text);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteStartObject("inlineData");
                writer.WriteString("mimeType", part.Data.MediaType);
                writer.WriteString("data", part.Data.Base64);
                writer.WriteEndObject();
                break;
        }

        writer.WriteEndObject();
    }

    /// <summary>By the address's ending; null when it says nothing.</summary>
    private static string? MediaTypeOf(string url) => System.IO.Path.GetExtension(new Uri(url).AbsolutePath).ToLowerInvariant() switch
    {
        ".jpg" or ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".webp" => "image/webp",
        ".gif" => "image/gif",
        ".heic" => "image/heic",
        _ => null,
    };

    private static FieldRefusal? WriteCalls(Utf8JsonWriter writer, Scope scope, ChatEntry entry)
    {
        foreach (var call in entry.Calls)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("functionCall");
            if (scope.Model.IsThird)
            {
                writer.WriteString("id", call.Id);
            }

            writer.WriteString("name", call.Name);
            if (call.WriteArguments(writer, "args") is { } refusal)
            {
                return refusal;
            }

            writer.WriteEndObject();

            // The first call of a step must have one; of those beside it only what the model gave.
            var signature = call.Source.Object("extra_content")?.Object("google")?.Text("thought_signature")
                ?? (scope.Model.IsThird && ReferenceEquals(call, entry.Calls[0]) ? NoSignature : null);
            if (!string.IsNullOrEmpty(signature))
            {
                writer.WriteString("thoughtSignature", signature);
            }

            writer.WriteEndObject();
        }

        return null;
    }

    private static FieldRefusal? WriteResults(Utf8JsonWriter writer, Scope scope, ChatEntry entry)
    {
        foreach (var result in entry.Results)
        {
            var refusal = ChatPart.ReadMessage(result.Message, result.Index, Fields, scope.Dropped, out var parts);
            if (refusal is not null)
            {
                return refusal;
            }

            if (parts.Find(static part => part.Kind != ChatPartKind.Text) is { } other)
            {
                return Fields.Cannot(other.Path, "a tool's result holds text alone there.");
            }

            writer.WriteStartObject();
            writer.WriteStartObject("functionResponse");
            if (scope.Model.IsThird)
            {
                writer.WriteString("id", result.Call.Id);
            }

            writer.WriteString("name", result.Call.Name);
            WriteOutput(writer, string.Concat(parts.Select(static part => part.Text)));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return null;
    }

    /// <summary>A result is an object there: a JSON object as it is, anything else under the name that stands for plain output.</summary>
    private static void WriteOutput(Utf8JsonWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.WritePropertyName("response");
        if (text.StartsWith('{') && JsonText.IsWellFormed(bytes))
        {
            try
            {
                using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = ChatRequestReader.MaxDepth });
                document.RootElement.WriteTo(writer);
                return;
            }
            catch (JsonException)
            {
                // Text that only looks like JSON.
            }
        }

        writer.WriteStartObject();
        writer.WriteString("output", text);
        writer.WriteEndObject();
    }
}
