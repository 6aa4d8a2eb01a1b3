using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams;

/// <summary>What a model reads of a request of any dialect: the texts of system, turns and tools, and what stands beside them.</summary>
public sealed class PromptText
{
    /// <summary>Marks of the protocol, and what only its maker can read: no model is shown them as text.</summary>
    private static readonly HashSet<string> Unread = new(StringComparer.Ordinal)
    {
        "type", "role", "id", "tool_use_id", "tool_call_id", "call_id", "signature", "encrypted_content", "data", "cache_control",
        "is_error", "citations", "annotations", "detail", "status", "filename",
    };

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ChatRequestReader.MaxDepth };

    private readonly List<string> _texts = [];

    private PromptText()
    {
    }

    /// <summary>In the order of the body.</summary>
    public IReadOnlyList<string> Texts => _texts;

    public int Turns { get; private set; }

    /// <summary>Pictures, sounds and files, by address or inline.</summary>
    public int Media { get; private set; }

    /// <summary>Tokens that the client counted itself: prompts given as numbers.</summary>
    public int Ids { get; private set; }

    /// <param name="body">One that a dialect's reader took.</param>
    public static PromptText Of(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, Options);
        var text = new PromptText();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "messages" or "input" or "prompt":
                    text.AddTurns(member.Value);
                    break;
                case "system" or "instructions" or "suffix":
                    text.Add(member.Value);
                    break;
                case "tools" or "functions" when member.Value.ValueKind == JsonValueKind.Array:
                    // Schemas are shown to models as they stand, names and all.
                    text._texts.Add(member.Value.GetRawText());
                    break;
                default:
                    break;
            }
        }

        return text;
    }

    private void AddTurns(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Turns += item.ValueKind == JsonValueKind.Object ? 1 : 0;
                Ids += item.ValueKind == JsonValueKind.Number ? 1 : 0;
                Ids += item.ValueKind == JsonValueKind.Array ? item.GetArrayLength() : 0;
            }
        }

        Add(value);
    }

    private void Add(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _texts.Add(value.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Add(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    AddMember(member);
                }

                break;
            default:
                break;
        }
    }

    private void AddMember(JsonProperty member)
    {
        switch (member.Name)
        {
            case "source" when member.Value.ValueKind == JsonValueKind.Object:
                AddSource(member.Value);
                break;
            case "image_url" or "input_audio" or "file" or "file_data" or "file_id" or "file_url":
                Media++;
                break;
            case "input":
                _texts.Add(member.Value.GetRawText());
                break;
            default:
                if (!Unread.Contains(member.Name))
                {
                    Add(member.Value);
                }

                break;
        }
    }

    // Of documents, text may stand there as it is; all else is looked at, not read.
    private void AddSource(JsonElement source)
    {
        var type = source.TryGetProperty("type", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;
        if (type == "text" && source.TryGetProperty("data", out var data))
        {
            Add(data);
        }
        else if (type == "content" && source.TryGetProperty("content", out var content))
        {
            Add(content);
        }
        else
        {
            Media++;
        }
    }
}
