using System.Text;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Where a content block may stand.</summary>
[Flags]
internal enum BlockPlaces
{
    None = 0,
    User = 1,
    Assistant = 2,
    ToolResult = 4,
    System = 8,
}

/// <summary>A type of content block: where it may stand and what it must hold. Members that no rule names are taken as they are.</summary>
internal sealed class MessagesBlockRule
{
    private MessagesBlockRule(string type, BlockPlaces places, params MessagesBlockMember[] members)
    {
        Type = type;
        TypeUtf8 = Encoding.UTF8.GetBytes(type);
        Places = places;
        Members = members;
    }

    public static MessagesBlockRule[] All { get; } =
    [
        new("text", BlockPlaces.User | BlockPlaces.Assistant | BlockPlaces.ToolResult | BlockPlaces.System,
            new("text", JsonShape.FilledText), Cache),
        new("image", BlockPlaces.User | BlockPlaces.ToolResult, new("source", JsonShape.ImageSource), Cache),
        new("tool_use", BlockPlaces.Assistant,
            new("id", JsonShape.FilledText), new("name", JsonShape.FilledText), new("input", JsonShape.Object), Cache),
        new("tool_result", BlockPlaces.User,
            new("tool_use_id", JsonShape.FilledText), new("content", JsonShape.Blocks, Required: false),
            new("is_error", JsonShape.Flag, Required: false), Cache),
        new("thinking", BlockPlaces.Assistant, new("thinking", JsonShape.Text), new("signature", JsonShape.Text)),
        new("redacted_thinking", BlockPlaces.Assistant, new MessagesBlockMember("data", JsonShape.Text)),
        new("document", BlockPlaces.User | BlockPlaces.ToolResult, new("source", JsonShape.Source), Cache),
        new("search_result", BlockPlaces.User | BlockPlaces.ToolResult,
            new("source", JsonShape.Text), new("title", JsonShape.Text), new("content", JsonShape.Any), Cache),
        new("tool_reference", BlockPlaces.ToolResult, new("tool_name", JsonShape.FilledText), Cache),
        new("container_upload", BlockPlaces.User, new("file_id", JsonShape.FilledText), Cache),
        new("server_tool_use", BlockPlaces.Assistant,
            new("id", JsonShape.FilledText), new("name", JsonShape.FilledText), new("input", JsonShape.Object), Cache),
        new("mcp_tool_use", BlockPlaces.Assistant,
            new("id", JsonShape.FilledText), new("name", JsonShape.FilledText), new("input", JsonShape.Object), Cache),
        Result("mcp_tool_result", BlockPlaces.Assistant | BlockPlaces.User),
        Result("web_search_tool_result"),
        Result("web_fetch_tool_result"),
        Result("code_execution_tool_result"),
        Result("bash_code_execution_tool_result"),
        Result("text_editor_code_execution_tool_result"),
        Result("tool_search_tool_result"),
        new("compaction", BlockPlaces.Assistant | BlockPlaces.User, new("content", JsonShape.Any, Required: false), Cache),
    ];

    /// <summary>For a type that has no rule: taken anywhere, with whatever it holds.</summary>
    public static MessagesBlockRule Unknown { get; } =
        new("", BlockPlaces.User | BlockPlaces.Assistant | BlockPlaces.ToolResult | BlockPlaces.System);

    public string Type { get; }

    public BlockPlaces Places { get; }

    public MessagesBlockMember[] Members { get; }

    private static MessagesBlockMember Cache => new("cache_control", JsonShape.ObjectOrNull, Required: false);

    private byte[] TypeUtf8 { get; }

    /// <summary>The rule for the string that the reader stands on; null for a type that no one knows.</summary>
    public static MessagesBlockRule? Find(ref Utf8JsonReader type)
    {
        foreach (var rule in All)
        {
            if (type.ValueTextEquals(rule.TypeUtf8))
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>What is allowed at a place, for the message of a refusal.</summary>
    public static string Allowed(BlockPlaces place) =>
        string.Join(", ", All.Where(rule => (rule.Places & place) != 0).Select(static rule => rule.Type));

    private static MessagesBlockRule Result(string type, BlockPlaces places = BlockPlaces.Assistant) =>
        new(type, places, new("tool_use_id", JsonShape.FilledText), new("content", JsonShape.Any), Cache);
}

/// <summary>A member of a content block.</summary>
internal sealed record MessagesBlockMember(string Name, JsonShape Shape, bool Required = true)
{
    public byte[] NameUtf8 { get; } = Encoding.UTF8.GetBytes(Name);
}
