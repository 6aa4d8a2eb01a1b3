using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

internal enum ChatToolChoice
{
    /// <summary>The client did not say.</summary>
    Unset = 0,
    Auto = 1,
    None = 2,
    Required = 3,

    /// <summary><see cref="ChatTools.Named"/> and no other.</summary>
    Function = 4,
}

/// <summary>The functions of a chat request and how they may be called, whichever of OpenAI's two styles says it.</summary>
internal sealed record ChatTools
{
    public static ChatTools NoTools { get; } = new();

    public IReadOnlyList<ChatFunction> Functions { get; private init; } = [];

    public ChatToolChoice Choice { get; private init; }

    /// <summary>The function that must be called.</summary>
    public string? Named { get; private init; }

    /// <summary>No two calls in one answer.</summary>
    public bool OneAtATime { get; private init; }

    /// <summary>The style before <c>tools</c>.</summary>
    public bool IsOldStyle { get; private init; }

    /// <summary>A call must be made.</summary>
    public bool IsForced => Choice is ChatToolChoice.Required or ChatToolChoice.Function;

    public static FieldRefusal? Read(JsonElement root, ChatFieldTable table, DroppedFields dropped, out ChatTools tools)
    {
        tools = NoTools;
        var old = root.List("tools") is null;
        var functions = new List<ChatFunction>();
        var list = root.List(old ? "functions" : "tools");
        if (list is { } given && ReadFunctions(given, old, table, dropped, functions) is { } refusal)
        {
            return refusal;
        }

        if (GivenValue.Flag(root, "parallel_tool_calls", "parallel_tool_calls", out var parallel) is { } wrongFlag)
        {
            return wrongFlag;
        }

        var choice = old && list is not null ? "function_call" : "tool_choice";
        tools = new ChatTools { Functions = functions, IsOldStyle = old && functions.Count > 0, OneAtATime = old || parallel == false };
        return root.TryGiven(choice, out var chosen) ? tools.Choose(chosen, choice, table, out tools) : null;
    }

    private static FieldRefusal? ReadFunctions(
        JsonElement list, bool old, ChatFieldTable table, DroppedFields dropped, List<ChatFunction> functions)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in list.EnumerateArray())
        {
            var path = $"{(old ? "functions" : "tools")}[{functions.Count}]";
            if (element.ValueKind != JsonValueKind.Object)
            {
                return FieldRefusal.Malformed(path, "must be an object.");
            }

            if (!old && element.Text("type") is { } type && type != "function")
            {
                return table.Cannot(path + ".type", "only functions are known in every dialect.");
            }

            var inner = old ? element : element.Object("function") ?? default;
            var at = old ? path : path + ".function";
            if (ChatFunction.Read(inner, at, out var function) is { } refusal)
            {
                return refusal;
            }

            if (!old)
            {
                table.Judge(element, path + ".", "tools[].", dropped);
            }

            table.Judge(inner, at + ".", "tools[].function.", dropped);
            if (!names.Add(function!.Name))
            {
                return FieldRefusal.Malformed(at + ".name", "is given twice.");
            }

            functions.Add(element.Object("cache_control") is { } marker ? function with { CacheControl = marker } : function);
        }

        return null;
    }

    private FieldRefusal? Choose(JsonElement chosen, string path, ChatFieldTable table, out ChatTools tools)
    {
        tools = this;
        if (chosen.ValueKind == JsonValueKind.String)
        {
            return ChooseMode(chosen.GetString(), path, out tools);
        }

        var type = chosen.Text("type") ?? "function";
        if (type == "allowed_tools")
        {
            return ChooseAllowed(chosen.Object("allowed_tools") ?? default, path + ".allowed_tools", out tools);
        }

        if (type != "function")
        {
            return table.Cannot(path + ".type", "only functions are known in every dialect.");
        }

        var holder = IsOldStyle ? chosen : chosen.Object("function") ?? default;
        var at = IsOldStyle ? path + ".name" : path + ".function.name";
        if (holder.Text("name") is not { Length: > 0 } name || !Functions.Any(function => function.Name == name))
        {
            return FieldRefusal.Malformed(at, "must name one of the functions given.");
        }

        tools = this with { Choice = ChatToolChoice.Function, Named = name };
        return null;
    }

    private FieldRefusal? ChooseMode(string? mode, string path, out ChatTools tools)
    {
        tools = this;
        ChatToolChoice? choice = mode switch
        {
            "auto" => ChatToolChoice.Auto,
            "none" => ChatToolChoice.None,
            "required" => ChatToolChoice.Required,
            _ => null,
        };
        if (choice is null)
        {
            return FieldRefusal.Malformed(path, "must be auto, none, required or a function.");
        }

        if (choice == ChatToolChoice.Required && Functions.Count == 0)
        {
            return FieldRefusal.Malformed(path, "requires a call, but no tools are given.");
        }

        tools = this with { Choice = choice.Value };
        return null;
    }

    /// <summary>Some of the tools: the others are not sent.</summary>
    private FieldRefusal? ChooseAllowed(JsonElement allowed, string path, out ChatTools tools)
    {
        tools = this;
        var kept = new List<ChatFunction>();
        foreach (var element in allowed.List("tools")?.EnumerateArray() ?? default)
        {
            var name = element.Object("function")?.Text("name") ?? element.Text("name");
            var function = Functions.FirstOrDefault(function => function.Name == name);
            if (function is null)
            {
                return FieldRefusal.Malformed($"{path}.tools[{kept.Count}]", "must name one of the functions given.");
            }

            kept.Add(function);
        }

        return kept.Count == 0
            ? FieldRefusal.Malformed(path + ".tools", "must name at least one of the functions given.")
            : (this with { Functions = kept }).ChooseMode(allowed.Text("mode") ?? "auto", path + ".mode", out tools);
    }
}
