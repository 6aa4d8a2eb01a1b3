using System.Globalization;
using BeastOrleans.Survival.Fleet;

namespace BeastOrleans.Survival.Ledger;

/// <summary>What must hold after every kill.</summary>
internal static class Audit
{
    /// <param name="underWayAtKills">Requests under way at each kill, summed.</param>
    public static IReadOnlyList<Finding> Of(Books books, Workload work, int underWayAtKills, IReadOnlyList<Node> fronts)
    {
        var spools = fronts.Select(f => Path.Combine(f.DataDirectory, "spool")).ToArray();
        var byRequest = books.Rows.GroupBy(r => r.RequestId).ToDictionary(g => g.Key, g => g.ToArray());
        var numbers = new Dictionary<int, List<BookedRow[]>>();
        foreach (var request in byRequest.Values)
        {
            if (request.FirstOrDefault(r => r.Tag is not null)?.Tag is { } tag)
            {
                var number = int.Parse(tag.AsSpan(1), CultureInfo.InvariantCulture);
                (numbers.TryGetValue(number, out var known) ? known : numbers[number] = []).Add(request);
            }
        }

        BookedRow[] RowsOf(int number) => numbers.TryGetValue(number, out var requests) ? [.. requests.SelectMany(r => r)] : [];
        bool EqualsTruth(int number) => RowsOf(number).Any(r => r.IsOk && !r.IsUnknown && (r.In, r.Out) == books.Truth.GetValueOrDefault(number));

        // Numbers of the upstream's own only: of an answer that its client gave up before it came whole, we have an estimate at
        // best, on either side of the truth.
        var compared = books.Truth.Keys.Where(n => RowsOf(n).All(r => r.IsUnknown || r.Source == 1 || !(r.IsOk || r.Outcome == 8))).ToArray();
        var settled = compared.Sum(n => RowsOf(n).Where(r => !r.IsUnknown).Sum(r => r.CostNano));
        var unknown = compared.Sum(n => RowsOf(n).Where(r => r.IsUnknown).Sum(r => r.CostNano));
        var upstream = compared.Sum(n => Prices.NanoOf(books.Truth[n].In, books.Truth[n].Out));
        var unknownRows = books.Rows.Count(r => r.IsUnknown);
        var attempts = books.Rows.Count(r => r.Attempt > 0);
        return
        [
            Finding.Of("each answer that a client finished is settled", work.Finished.Keys.Count(n => !EqualsTruth(n)), $"{work.Finished.Count} finished"),
            Finding.Of("each call that the upstream answered is in the ledger", books.Truth.Keys.Count(n => RowsOf(n).Length == 0), $"{books.Truth.Count} answered upstream"),
            Finding.Of("settled rows have the upstream's numbers", compared.Count(n => !EqualsTruth(n) && !RowsOf(n).Any(r => r.IsUnknown)), $"{compared.Length} compared"),
            Finding.Of("no request and no attempt is there twice", numbers.Values.Count(r => r.Count > 1) + books.Rows.Count - books.Rows.DistinctBy(r => r.AttemptId).Count(), $"{books.Rows.Count} rows"),
            Finding.Of("each request has one row with its summary", byRequest.Values.Count(r => r.Count(row => row.HasSummary) != 1), $"{byRequest.Count} requests"),
            Finding.Of("settled <= upstream <= settled + unknown", settled <= upstream && upstream <= settled + unknown ? 0 : 1, $"{settled} <= {upstream} <= {settled + unknown} nano-dollars"),
            Finding.Of("unknown <= under way at the kills", unknownRows <= underWayAtKills ? 0 : unknownRows - underWayAtKills, $"{unknownRows} <= {underWayAtKills}"),
            Finding.Of("rollups equal the ledger", books.Rollups == (attempts, books.Rows.Sum(r => r.CostNano)) ? 0 : 1, $"{books.Rollups.Attempts} = {attempts} attempts"),
            Finding.Of("the spool is empty after a clean stop", spools.Sum(s => Directory.GetFiles(s, "*.spool").Length), $"{spools.Length} spools"),
            Finding.Of("no row was put aside", spools.Count(s => File.Exists(Path.Combine(s, "poison.jsonl"))), $"{spools.Length} spools"),
            .. books.Budgets.SelectMany(budget => OfBudget(budget, books.Rows)),
        ];
    }

    private static IEnumerable<Finding> OfBudget(BookedBudget budget, IReadOnlyList<BookedRow> rows)
    {
        var user = budget.Scope.StartsWith("user:", StringComparison.Ordinal) ? budget.Scope.Split('/')[1] : null;
        var spent = rows.Where(r => user is null || r.User == user).Sum(r => r.CostNano);
        yield return Finding.Of($"{budget.Scope}: posted = its rows", spent == budget.PostedNano ? 0 : 1, $"{budget.PostedNano} = {spent} nano-dollars");
        yield return Finding.Of($"{budget.Scope}: nothing is lent any more", budget.LeasedNano == 0 ? 0 : 1, $"{budget.LeasedNano} nano-dollars");
        yield return Finding.Of($"{budget.Scope}: posted <= limit", budget.PostedNano <= budget.LimitNano ? 0 : 1, $"{budget.PostedNano} <= {budget.LimitNano} nano-dollars");
    }
}

/// <param name="Wrong">How often it did not hold.</param>
internal sealed record Finding(string Law, int Wrong, string Among)
{
    public static Finding Of(string law, int wrong, FormattableString of) => new(law, wrong, FormattableString.Invariant(of));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"| {Law,-55} | {(Wrong == 0 ? "holds" : "BROKEN"),-6} | {Wrong,6} wrong | {Among}");
}

/// <summary>What the upstream charges.</summary>
internal static class Prices
{
    public const long NanoPerToken = 1_000;

    public const int UsdPerMTok = 1;

    public static long NanoOf(long tokensIn, long tokensOut) => (tokensIn + tokensOut) * NanoPerToken;
}
