using System.Globalization;

namespace BeastOrleans.Survival.Cluster;

/// <summary>What the clients saw of one scenario, and what the ledger says afterwards.</summary>
/// <param name="Missing">Whole answers that the ledger does not have.</param>
/// <param name="Double">Requests that it has twice.</param>
internal sealed record ScenarioResult(string Name, IReadOnlyCollection<Asked> Asked, int AllowedErrors, int Missing, int Double, Strike Strike)
{
    public const string Header = """
        | scenario                       | requests | client errors (allowed) | longest gap | slowest | p99    | not in the ledger | twice |
        |---|---|---|---|---|---|---|---|
        """;

    public IReadOnlyList<Asked> Errors => [.. Asked.Where(a => a.Problem is not null)];

    public bool Holds => !Strike.IsBroken && Errors.Count <= AllowedErrors && Missing == 0 && Double == 0;

    public override string ToString()
    {
        var ends = Asked.Where(a => a.Problem is null).Select(a => a.EndedAt).Order().ToArray();
        var gap = ends.Zip(ends.Skip(1), (a, b) => b - a).DefaultIfEmpty().Max();
        var took = Asked.Select(a => a.Took).Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"| {Name,-30} | {Asked.Count} | {Errors.Count} ({AllowedErrors}) | {gap.TotalSeconds:0.00} s | {took[^1].TotalSeconds:0.00} s | {took[took.Length * 99 / 100].TotalSeconds:0.00} s | {Missing} | {Double} | {(Holds ? "holds" : "BROKEN")}{(Strike.Note is { } note ? ": " + note : "")}");
    }
}
