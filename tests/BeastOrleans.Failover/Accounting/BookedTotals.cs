using System.Globalization;
using System.Net;
using System.Text.Json;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Accounting;

/// <summary>The tenant's monitoring object against the sum of its requests.</summary>
internal static class BookedTotals
{
    private static readonly string[] Reasons = ["network", "overload", "timeout", "unhealthy", "other"];

    /// <summary>Every request that the primary did not answer has a reason in the totals, a caller's own mistake this one.</summary>
    private const string Unnamed = "other";

    private static readonly TimeSpan CountedWithin = TimeSpan.FromSeconds(5);

    public static async Task<IEnumerable<string>> ProblemsAsync(Stage stage, List<BookedRequest> records)
    {
        JsonElement metrics = default;
        try
        {
            // Served from a cache of one second.
            await Eventually.IsTrueAsync(
                "the totals are those of all requests",
                async () =>
                {
                    metrics = (await stage.Api.GetAsync("/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json.GetProperty("metrics");
                    return metrics.GetProperty("requests").GetProperty("total").GetInt32() >= records.Count;
                },
                CountedWithin);
        }
        catch (TimeoutException)
        {
            // The comparison says by how much they differ.
        }

        return Compare(stage, records, metrics);
    }

    private static IEnumerable<string> Compare(Stage stage, List<BookedRequest> records, JsonElement metrics)
    {
        var requests = metrics.GetProperty("requests");
        var success = records.Count(r => r.Served == Stage.PrimaryId);
        (string Name, decimal Booked, decimal Shown)[] pairs =
        [
            ("total", records.Count, requests.GetProperty("total").GetInt32()),
            ("success", success, requests.GetProperty("success").GetInt32()),
            ("failures", records.Count - success, requests.GetProperty("failures").GetInt32()),
            ("fallbacks", records.Count(r => r.Served == Stage.FallbackId), requests.GetProperty("fallbacks").GetInt32()),
            ("savingsUsd", records.Sum(r => r.BaselineUsd - r.CostUsd), metrics.GetProperty("costs").GetProperty("savingsUsd").GetDecimal()),
            .. Reasons.Select(reason => (
                reason,
                (decimal)records.Count(r => r.Served != Stage.PrimaryId && (r.FallbackReason ?? Unnamed) == reason),
                (decimal)metrics.GetProperty("fallbackReasons").GetProperty(reason).GetInt32())),
        ];
        return pairs.Where(p => p.Booked != p.Shown)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{stage.Tenant}: monitoring shows {p.Name} {p.Shown}, the requests sum to {p.Booked}"));
    }
}
