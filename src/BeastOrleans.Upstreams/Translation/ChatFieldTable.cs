using System.Collections.Frozen;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>A pair's table of fields, and the walk over a request by it.</summary>
internal sealed class ChatFieldTable
{
    private readonly FrozenDictionary<string, ChatFieldRule> _rules;
    private readonly string _target;

    /// <param name="target">As a sentence names it: <c>an Anthropic endpoint</c>.</param>
    /// <param name="rules">Every field known.</param>
    public ChatFieldTable(string target, IReadOnlyList<ChatFieldRule> rules)
    {
        _target = target;
        Rules = rules;
        _rules = rules.ToFrozenDictionary(static rule => rule.Field, StringComparer.Ordinal);
    }

    public IReadOnlyList<ChatFieldRule> Rules { get; }

    /// <summary>Refuses or drops what the table says among an object's members; what it does not know is dropped.</summary>
    /// <param name="element">An object of the request.</param>
    /// <param name="path">Where it stands, with indexes and a point behind: <c>messages[2].</c>; empty for the root.</param>
    /// <param name="pattern">The same without indexes: <c>messages[].</c>.</param>
    /// <param name="dropped">Takes the names.</param>
    public FieldRefusal? Judge(JsonElement element, string path, string pattern, DroppedFields dropped)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (IsIdle(member.Value))
            {
                continue;
            }

            var rule = _rules.GetValueOrDefault(pattern + member.Name);
            if (rule?.Idle is { } idle && member.Value.ValueKind == JsonValueKind.Number
                && member.Value.TryGetDouble(out var number) && number == idle)
            {
                continue;
            }

            switch (rule?.Verdict)
            {
                case ChatFieldVerdict.Carried:
                    break;
                case ChatFieldVerdict.Refused:
                    return Cannot(path + member.Name);
                default:
                    dropped.Add(pattern + member.Name);
                    break;
            }
        }

        return null;
    }

    public FieldRefusal Cannot(string path, string? why = null) =>
        new(why is null ? $"'{path}' cannot be sent to {_target}." : $"'{path}' cannot be sent to {_target}: {why}", path);

    /// <summary>Says nothing: the same as absent.</summary>
    public static bool IsIdle(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.ValueEquals(""u8),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().MoveNext(),
        _ => false,
    };
}
