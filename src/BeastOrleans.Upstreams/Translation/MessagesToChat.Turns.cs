using System.Runtime.InteropServices;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>System and turns. Neighbours of one role are one turn at Anthropic; so they are written.</summary>
public static partial class MessagesToChat
{
    private const string Paragraph = "\n\n";

    private static void WriteSystem(Utf8JsonWriter writer, JsonElement root)
    {
        if (root.TryGetProperty("system", out var system) && system.ValueKind is JsonValueKind.String or JsonValueKind.Array)
        {
            var text = string.Join(Paragraph, Blocks(system).Select(static block => block.Text));
            if (text.Length > 0)
            {
                WriteText(writer, "system", text);
            }
        }
    }

    private static void WriteTurns(Utf8JsonWriter writer, JsonElement messages)
    {
        var turn = new List<Block>();
        var last = "user";
        foreach (var message in messages.EnumerateArray())
        {
            var role = message.GetProperty("role").GetString()!;
            if (role != last)
            {
                WriteTurn(writer, turn, last);
                turn.Clear();
                last = role;
            }

            turn.AddRange(Blocks(message.GetProperty("content")));
        }

        WriteTurn(writer, turn, last);
    }

    private static void WriteTurn(Utf8JsonWriter writer, List<Block> turn, string role)
    {
        switch (role)
        {
            case "user":
                WriteUserTurn(writer, turn);
                break;
            case "assistant":
                WriteAssistantTurn(writer, turn);
                break;
            default:
                WriteText(writer, role, string.Join(Paragraph, turn.Select(static block => block.Text)));
                break;
        }
    }

    /// <summary>A turn of thinking alone says nothing that is carried: left out.</summary>
    private static void WriteAssistantTurn(Utf8JsonWriter writer, List<Block> turn)
    {
        var text = string.Concat(turn.Where(static block => block.Kind == "text").Select(static block => block.Text));
        var calls = turn.Where(static block => block.Kind == "tool_use").ToArray();
        if (text.Length == 0 && calls.Length == 0)
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("role", "assistant");
        writer.WriteString("content", text.Length > 0 ? text : null);
        if (calls.Length > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                writer.WriteStartObject();
                writer.WritePropertyName("id");
                call.Json.GetProperty("id").WriteTo(writer);
                writer.WriteString("type", "function");
                writer.WriteStartObject("function");
                writer.WritePropertyName("name");
                call.Json.GetProperty("name").WriteTo(writer);
                writer.WriteString("arguments", JsonMarshal.GetRawUtf8Value(call.Json.GetProperty("input")));
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteUserTurn(Utf8JsonWriter writer, List<Block> turn)
    {
        var content = new List<Block>();
        foreach (var block in turn.Where(static block => block.Kind == "tool_result"))
        {
            WriteToolResult(writer, block.Json, content);
        }

        content.AddRange(turn.Where(static block => block.Kind is "text" or "image"));
        if (content is [{ Kind: "text" } only])
        {
            WriteText(writer, "user", only.Text);
        }
        else if (content.Count > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("role", "user");
            writer.WriteStartArray("content");
            foreach (var block in content)
            {
                WritePart(writer, block);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    /// <summary>A tool message holds text only: its images go into <paramref name="content"/>, the user message behind.</summary>
    private static void WriteToolResult(Utf8JsonWriter writer, JsonElement result, List<Block> content)
    {
        var id = result.GetProperty("tool_use_id").GetString()!;
        var blocks = result.TryGetProperty("content", out var inner) && inner.ValueKind != JsonValueKind.Null ? Blocks(inner).ToArray() : [];
        var text = string.Join(Paragraph, blocks.Select(static block => block.Kind == "image" ? "[image]" : block.Text));
        if (result.TryGetProperty("is_error", out var isError) && isError.ValueKind == JsonValueKind.True
            && !text.StartsWith("error", StringComparison.OrdinalIgnoreCase))
        {
            text = text.Length > 0 ? "Error: " + text : "Error";
        }

        var images = blocks.Where(static block => block.Kind == "image").ToArray();
        if (images.Length > 0)
        {
            content.Add(new Block("text", $"Images of tool result {id}:", default));
            content.AddRange(images);
        }

        writer.WriteStartObject();
        writer.WriteString("role", "tool");
        writer.WriteString("tool_call_id", id);
        writer.WriteString("content", text);
        writer.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter writer, Block block)
    {
        writer.WriteStartObject();
        if (block.Kind == "text")
        {
            writer.WriteString("type", "text");
            writer.WriteString("text", block.Text);
        }
        else
        {
            writer.WriteString("type", "image_url");
            writer.WriteStartObject("image_url");
            WriteImageUrl(writer, block.Json.GetProperty("source"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteImageUrl(Utf8JsonWriter writer, JsonElement source)
    {
        writer.WritePropertyName("url");
        if (source.GetProperty("type").ValueEquals("url"u8))
        {
            source.GetProperty("url").WriteTo(writer);
            return;
        }

        // Megabytes: the token is copied as it stands, behind the prefix, and never becomes a string.
        var token = JsonMarshal.GetRawUtf8Value(source.GetProperty("data"));
        var url = System.Text.Encoding.UTF8.GetBytes($"\"data:{source.GetProperty("media_type").GetString()};base64,");
        var whole = new byte[url.Length + token.Length - 1];
        url.CopyTo(whole, 0);
        token[1..].CopyTo(whole.AsSpan(url.Length));
        writer.WriteRawValue(whole, skipInputValidation: true);
    }

    private static void WriteText(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", text);
        writer.WriteEndObject();
    }

    /// <summary>The blocks of a content; a string is one of text, an empty one none.</summary>
    private static IEnumerable<Block> Blocks(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            var text = content.GetString()!;
            return text.Length == 0 ? [] : [new Block("text", text, default)];
        }

        return content.EnumerateArray().Select(static block => new Block(
            block.GetProperty("type").GetString()!,
            block.GetProperty("type").ValueEquals("text"u8) ? block.GetProperty("text").GetString()! : "",
            block));
    }

    private readonly record struct Block(string Kind, string Text, JsonElement Json);
}
