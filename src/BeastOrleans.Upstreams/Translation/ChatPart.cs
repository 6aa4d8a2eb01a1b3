using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

internal enum ChatPartKind
{
    Text = 0,

    /// <summary>By a <c>data:</c> URL.</summary>
    InlineImage = 1,

    /// <summary>By an address.</summary>
    LinkedImage = 2,
    InlineFile = 3,
    Audio = 4,
}

/// <summary>One part of a message's content, whichever of the shapes in use it came in.</summary>
internal sealed record ChatPart
{
    public required ChatPartKind Kind { get; init; }

    /// <summary>Where it stands: <c>messages[0].content[1]</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The text; of an image, the address.</summary>
    public string Text { get; init; } = "";

    public DataUrl Data { get; init; }

    public string? FileName { get; init; }

    /// <summary>An Anthropic cache marker that the client put beside it; undefined when there is none.</summary>
    public JsonElement CacheControl { get; init; }

    public bool IsBlank => Kind == ChatPartKind.Text && string.IsNullOrWhiteSpace(Text);

    /// <summary>The parts of a message and its refusal, blank texts left out; its other fields judged.</summary>
    /// <inheritdoc cref="ReadAll"/>
    public static FieldRefusal? ReadMessage(
        JsonElement message, int index, ChatFieldTable table, DroppedFields dropped, out List<ChatPart> parts)
    {
        parts = [];
        var path = $"messages[{index}].";
        var refusal = table.Judge(message, path, "messages[].", dropped) ?? ReadAll(message, index, table, dropped, out parts);
        if (refusal is null && message.Text("refusal") is { } said && !string.IsNullOrWhiteSpace(said))
        {
            parts.Add(new ChatPart { Kind = ChatPartKind.Text, Path = path + "refusal", Text = said });
        }

        return refusal;
    }

    /// <summary>The parts of a message, blank texts left out.</summary>
    /// <param name="message">An object with <c>content</c>, or without.</param>
    /// <param name="index">Of the message.</param>
    /// <param name="table">Judges the parts' fields.</param>
    /// <param name="dropped">Takes the names of fields left out.</param>
    /// <param name="parts">What was found.</param>
    private static FieldRefusal? ReadAll(
        JsonElement message, int index, ChatFieldTable table, DroppedFields dropped, out List<ChatPart> parts)
    {
        parts = [];
        if (!message.TryGiven("content", out var content))
        {
            return null;
        }

        var path = $"messages[{index}].content";
        if (content.ValueKind == JsonValueKind.String)
        {
            Add(parts, new ChatPart { Kind = ChatPartKind.Text, Path = path, Text = content.GetString()! });
            return null;
        }

        var number = 0;
        foreach (var element in content.EnumerateArray())
        {
            var at = $"{path}[{number++}]";
            if (table.Judge(element, at + ".", "messages[].content[].", dropped) is { } refusal)
            {
                return refusal;
            }

            if (Read(element, at, table, dropped, out var part) is { } wrong)
            {
                return wrong;
            }

            Add(parts, part!);
        }

        return null;
    }

    private static void Add(List<ChatPart> parts, ChatPart part)
    {
        if (!part.IsBlank)
        {
            parts.Add(part);
        }
    }

    private static FieldRefusal? Read(JsonElement element, string path, ChatFieldTable table, DroppedFields dropped, out ChatPart? part)
    {
        part = null;
        var type = element.Text("type");
        FieldRefusal? refusal;
        switch (type)
        {
            case "text" or "input_text" or "output_text":
                refusal = ReadText(element, path, "text", out part);
                break;
            case "refusal":
                refusal = ReadText(element, path, "refusal", out part);
                break;
            case "image_url" or "input_image":
                refusal = ReadImage(element, path, dropped, out part);
                break;
            case "file":
                refusal = ReadFile(element, path, table, out part);
                break;
            case "input_audio":
                refusal = ReadAudio(element, path, out part);
                break;
            case null or "":
                return FieldRefusal.Malformed(path + ".type", "is required: text, image_url, file, input_audio or refusal.");
            default:
                return table.Cannot(path + ".type", $"a part of type '{(type.Length <= 64 ? type : type[..64])}' is not known.");
        }

        if (part is not null && element.Object("cache_control") is { } marker)
        {
            part = part with { CacheControl = marker };
        }

        return refusal;
    }

    private static FieldRefusal? ReadText(JsonElement element, string path, string name, out ChatPart? part)
    {
        part = element.Text(name) is { } text ? new ChatPart { Kind = ChatPartKind.Text, Path = path, Text = text } : null;
        return part is null ? FieldRefusal.Malformed($"{path}.{name}", "must be a string.") : null;
    }

    private static FieldRefusal? ReadImage(JsonElement element, string path, DroppedFields dropped, out ChatPart? part)
    {
        part = null;
        var holder = element.Object("image_url");
        var url = holder is { } inner ? inner.Text("url") : element.Text("image_url");
        var at = holder is null ? path + ".image_url" : path + ".image_url.url";
        if ((holder?.Text("detail") ?? element.Text("detail")) is { } detail && detail != "auto")
        {
            dropped.Add("messages[].content[].image_url.detail");
        }

        if (string.IsNullOrEmpty(url))
        {
            return FieldRefusal.Malformed(at, "must be an http(s) address or a data: URL.");
        }

        if (!DataUrl.Is(url))
        {
            var linked = Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is ("http" or "https");
            part = linked ? new ChatPart { Kind = ChatPartKind.LinkedImage, Path = at, Text = url } : null;
            return linked ? null : FieldRefusal.Malformed(at, "must be an http(s) address or a data: URL.");
        }

        if (!DataUrl.TryParse(url, out var data))
        {
            return FieldRefusal.Malformed(at, "is no data: URL of base64, such as data:image/png;base64,...");
        }

        part = new ChatPart { Kind = ChatPartKind.InlineImage, Path = at, Data = data };
        return null;
    }

    private static FieldRefusal? ReadFile(JsonElement element, string path, ChatFieldTable table, out ChatPart? part)
    {
        part = null;
        var file = element.Object("file") ?? default;
        if (file.Text("file_id") is not null)
        {
            return table.Cannot(path + ".file.file_id", "files kept by another provider are not known there. Give file_data.");
        }

        if (file.Text("file_data") is not { } text || !DataUrl.TryParse(text, out var data))
        {
            return FieldRefusal.Malformed(path + ".file.file_data", "must be a data: URL of base64, such as data:application/pdf;base64,...");
        }

        part = new ChatPart { Kind = ChatPartKind.InlineFile, Path = path + ".file.file_data", Data = data, FileName = file.Text("filename") };
        return null;
    }

    private static FieldRefusal? ReadAudio(JsonElement element, string path, out ChatPart? part)
    {
        var audio = element.Object("input_audio") ?? default;
        part = audio.Text("data") is { Length: > 0 } data && audio.Text("format") is ("wav" or "mp3") and var format
            && DataUrl.TryParse($"data:audio/{format};base64,{data}", out var parsed)
            ? new ChatPart { Kind = ChatPartKind.Audio, Path = path + ".input_audio", Data = parsed }
            : null;
        return part is null ? FieldRefusal.Malformed(path + ".input_audio", "must hold base64 'data' and a 'format' of wav or mp3.") : null;
    }
}
