using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>Which members an object may have and of what kind each is: t text, n number, b boolean, a array, o object; null is allowed with ?.</summary>
internal sealed class FieldRules(string rules)
{
    private readonly Dictionary<string, string> _kinds = rules
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static rule => rule.Split(':'))
        .ToDictionary(static rule => rule[0], static rule => rule[1], StringComparer.Ordinal);

    /// <summary>The first member that is unknown, and the first of a wrong kind; both null when all is well.</summary>
    public (string? Unknown, string? Misshaped) Check(JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (!_kinds.TryGetValue(member.Name, out var kinds))
            {
                return (member.Name, null);
            }

            if (!kinds.Contains(KindOf(member.Value), StringComparison.Ordinal))
            {
                return (null, member.Name);
            }
        }

        return (null, null);
    }

    private static char KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => 't',
        JsonValueKind.Number => 'n',
        JsonValueKind.True or JsonValueKind.False => 'b',
        JsonValueKind.Array => 'a',
        JsonValueKind.Object => 'o',
        _ => '?',
    };
}
