using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The system's text and the turns.</summary>
internal static partial class ChatToMessages
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
                writer.WriteStartArray("system");
                open = true;
            }

            refusal = WriteParts(writer, parts, entry.Message, trimEnd: false);
            if (refusal is not null)
            {
                return refusal;
            }
        }

        if (open)
        {
            writer.WriteEndArray();
        }

        return null;
    }

    /// <summary>Turns must alternate: consecutive messages of one role become blocks of one. Empty messages are refused there and say nothing: left out.</summary>
    private static FieldRefusal? WriteTurns(Utf8JsonWriter writer, Scope scope, List<ChatEntry> entries)
    {
        string? open = null;
        var last = entries.FindLastIndex(static entry => entry.Kind != ChatEntryKind.System);
        writer.WriteStartArray("messages");
        for (var at = 0; at <= last; at++)
        {
            var entry = entries[at];
            if (entry.Kind == ChatEntryKind.System)
            {
                continue;
            }

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

            var role = entry.Kind == ChatEntryKind.Assistant ? "assistant" : "user";
            if (role != open)
            {
                CloseTurn(writer, open);
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteStartArray("content");
                open = role;
            }

            var problem = entry.Kind == ChatEntryKind.Results
                ? WriteResults(writer, scope, entry)
                // An assistant's last turn is a prefill, and one that ends in white space is refused.
                : WriteMessage(writer, entry, parts, trimEnd: at == last && role == "assistant");
            if (problem is not null)
            {
                return problem;
            }
        }

        CloseTurn(writer, open);
        writer.WriteEndArray();
        return open is null ? new FieldRefusal("'messages' must hold a message of role user with content in it.", "messages") : null;
    }

    private static void CloseTurn(Utf8JsonWriter writer, string? open)
    {
        if (open is not null)
        {
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    private static FieldRefusal? WriteMessage(Utf8JsonWriter writer, ChatEntry entry, List<ChatPart> parts, bool trimEnd)
    {
        if (entry.Kind == ChatEntryKind.Assistant && parts.Find(static part => part.Kind != ChatPartKind.Text) is { } other)
        {
            return Fields.Cannot(other.Path, "an assistant's message holds text and calls alone there.");
        }

        var marker = entry.Calls.Count == 0 ? entry.Message : default;
        if (WriteParts(writer, parts, marker, trimEnd) is { } refusal)
        {
            return refusal;
        }

        foreach (var call in entry.Calls)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "tool_use");
            writer.WriteString("id", ToolId(call.Id));
            writer.WriteString("name", call.Name);
            if (call.WriteArguments(writer, "input") is { } problem)
            {
                return problem;
            }

            WriteCacheControl(writer, ReferenceEquals(call, entry.Calls[^1]) ? entry.Message.Object("cache_control") : null);
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

            writer.WriteStartObject();
            writer.WriteString("type", "tool_result");
            writer.WriteString("tool_use_id", ToolId(result.Call.Id));
            if (parts.Count > 0)
            {
                writer.WriteStartArray("content");
                refusal = WriteParts(writer, parts, default, trimEnd: false);
                if (refusal is not null)
                {
                    return refusal;
                }

                writer.WriteEndArray();
            }

            WriteCacheControl(writer, result.Message.Object("cache_control"));
            writer.WriteEndObject();
        }

        return null;
    }

    /// <param name="writer">Within the list of blocks.</param>
    /// <param name="parts">To write.</param>
    /// <param name="message">Its marker goes on the last block; undefined for none.</param>
    /// <param name="trimEnd">Of texts.</param>
    private static FieldRefusal? WriteParts(Utf8JsonWriter writer, List<ChatPart> parts, JsonElement message, bool trimEnd)
    {
        for (var at = 0; at < parts.Count; at++)
        {
            var part = parts[at];
            writer.WriteStartObject();
            if (WritePart(writer, part, trimEnd) is { } refusal)
            {
                return refusal;
            }

            var marker = part.CacheControl.ValueKind == JsonValueKind.Object ? part.CacheControl
                : at == parts.Count - 1 ? message.Object("cache_control")
                : null;
            WriteCacheControl(writer, marker);
            writer.WriteEndObject();
        }

        return null;
    }

    private static FieldRefusal? WritePart(Utf8JsonWriter writer, ChatPart part, bool trimEnd)
    {
        switch (part.Kind)
        {
            case ChatPartKind.Text:
                writer.WriteString("type", "text");
                writer.WriteString("text", trimEnd ? part.Text.TrimEnd() : part.Text);
                return null;
            case ChatPartKind.LinkedImage:
                writer.WriteString("type", "image");
                writer.WriteStartObject("source");
                writer.WriteString("type", "url");
                writer.WriteString("url", part.Text);
                writer.WriteEndObject();
                return null;
            case ChatPartKind.InlineImage when part.Data.MediaType is "image/jpeg" or "image/png" or "image/gif" or "image/webp":
                WriteInline(writer, "image", part.Data);
                return null;
            case ChatPartKind.InlineImage:
                return Fields.Cannot(part.Path, "images are jpeg, png, gif or webp there.");
            case ChatPartKind.InlineFile when part.Data.MediaType == "application/pdf":
                WriteInline(writer, "document", part.Data);
                if (!string.IsNullOrEmpty(part.FileName))
                {
                    writer.WriteString("title", part.FileName);
                }

                return null;
            case ChatPartKind.InlineFile:
                return Fields.Cannot(part.Path, "files are PDFs there.");
            default:
                return Fields.Cannot(part.Path);
        }
    }

    private static void WriteInline(Utf8JsonWriter writer, string type, in DataUrl data)
    {
        writer.WriteString("type", type);
        writer.WriteStartObject("source");
        writer.WriteString("type", "base64");
        writer.WriteString("media_type", data.MediaType);
        writer.WriteString("data", data.Base64);
        writer.WriteEndObject();
    }

    /// <summary>Ids are letters, digits, <c>_</c> and <c>-</c> there; other characters of other providers' ids become their code, the same in call and result.</summary>
    private static string ToolId(string id)
    {
        if (id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return id;
        }

        var plain = new StringBuilder(id.Length + 8);
        foreach (var c in id)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            {
                plain.Append(c);
            }
            else
            {
                plain.Append(CultureInfo.InvariantCulture, $"_x{(int)c:x}_");
            }
        }

        return plain.ToString();
    }
}
