namespace BeastOrleans.Core.Selection;

/// <summary>Suggests ids close to one that does not exist.</summary>
internal static class NearestModels
{
    public const int MaxSuggestions = 5;

    /// <summary>Longer texts are compared by their beginning: the cost is their product.</summary>
    private const int MaxCompared = 64;

    /// <summary>No more ids than this are looked at.</summary>
    private const int MaxIds = 500;

    public static string[] To(string asked, IEnumerable<string> ids)
    {
        var wanted = Cut(asked);
        return
        [
            .. ids
                .Take(MaxIds)
                .Distinct(StringComparer.Ordinal)
                .Select(id => (Id: id, Distance: Math.Min(Distance(wanted, Cut(id)), Distance(wanted, Cut(id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..])))))
                .Where(one => one.Distance <= Math.Max(2, wanted.Length / 2))
                .OrderBy(one => one.Distance)
                .ThenBy(one => one.Id, StringComparer.Ordinal)
                .Take(MaxSuggestions)
                .Select(one => one.Id),
        ];
    }

    /// <summary>Insertions, deletions and replacements that make one of the other (Levenshtein).</summary>
    internal static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[MaxCompared + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private static string Cut(string text) => (text.Length <= MaxCompared ? text : text[..MaxCompared]).ToLowerInvariant();
}
