using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

internal enum ChatEntryKind
{
    System = 0,
    User = 1,
    Assistant = 2,

    /// <summary>The results of the calls of the assistant's message before, in the order of the calls.</summary>
    Results = 3,
}

/// <summary>A message, or a run of tool results taken together.</summary>
internal sealed record ChatEntry(ChatEntryKind Kind, int Index, JsonElement Message)
{
    public IReadOnlyList<ChatCall> Calls { get; init; } = [];

    public IReadOnlyList<ChatResult> Results { get; init; } = [];
}

/// <summary>The result of a call: message <paramref name="Index"/>.</summary>
internal sealed record ChatResult(ChatCall Call, int Index, JsonElement Message);

/// <summary>
/// The messages of a chat request with calls and results paired. Other dialects place results by position or name, so
/// what OpenAI's servers check late is checked here: every call has its result, directly behind it, and none is left over.
/// </summary>
internal static class ChatHistory
{
    public static FieldRefusal? Read(JsonElement messages, out List<ChatEntry> entries)
    {
        entries = [];
        var all = messages.EnumerateArray().ToArray();
        for (var index = 0; index < all.Length;)
        {
            var message = all[index];
            switch (message.Text("role"))
            {
                case "system" or "developer":
                    entries.Add(new ChatEntry(ChatEntryKind.System, index++, message));
                    break;
                case "user":
                    entries.Add(new ChatEntry(ChatEntryKind.User, index++, message));
                    break;
                case "assistant":
                    if (ReadAssistant(all, ref index, entries) is { } refusal)
                    {
                        return refusal;
                    }

                    break;
                case "tool" or "function":
                    return FieldRefusal.Malformed($"messages[{index}].role", "is a tool's result, but no assistant's call stands directly before it.");
                default:
                    return FieldRefusal.Malformed($"messages[{index}].role", "must be system, developer, user, assistant or tool.");
            }
        }

        return null;
    }

    private static FieldRefusal? ReadAssistant(JsonElement[] all, ref int index, List<ChatEntry> entries)
    {
        if (ChatCall.ReadAll(all[index], index, out var calls) is { } refusal)
        {
            return refusal;
        }

        entries.Add(new ChatEntry(ChatEntryKind.Assistant, index, all[index]) { Calls = calls });
        index++;
        return calls.Count == 0 ? null : ReadResults(all, calls, ref index, entries);
    }

    private static FieldRefusal? ReadResults(JsonElement[] all, List<ChatCall> calls, ref int index, List<ChatEntry> entries)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var place = 0; place < calls.Count; place++)
        {
            if (!places.TryAdd(calls[place].Key, place))
            {
                return FieldRefusal.Malformed(calls[place].Path + ".id", "stands for two calls.");
            }
        }

        var results = new ChatResult?[calls.Count];
        var first = index;
        for (; index < all.Length && all[index].Text("role") is ("tool" or "function") and var role; index++)
        {
            var name = role == "tool" ? "tool_call_id" : "name";
            if (all[index].Text(name) is not { Length: > 0 } key || !places.TryGetValue(key, out var place))
            {
                return FieldRefusal.Malformed($"messages[{index}].{name}", "must name a call of the assistant's message before.");
            }

            if (results[place] is not null)
            {
                return FieldRefusal.Malformed($"messages[{index}].{name}", "names a call that has its result already.");
            }

            results[place] = new ChatResult(calls[place], index, all[index]);
        }

        var missing = Array.IndexOf(results, null);
        if (missing >= 0)
        {
            return FieldRefusal.Malformed(calls[missing].Path, "has no result: a message of role tool must follow for each call.");
        }

        entries.Add(new ChatEntry(ChatEntryKind.Results, first, default) { Results = results! });
        return null;
    }
}
