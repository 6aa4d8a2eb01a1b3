using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>Puts ledger rows together again into what reports show.</summary>
internal static class DecisionRecords
{
    /// <summary>Public text of a request whose last row has not come.</summary>
    public const string Unsettled = "Not settled yet: it is still running, or its gateway stopped before it could say how it ended.";

    /// <summary>Null when there are no rows.</summary>
    public static DecisionRecord? Build(RequestRows request)
    {
        if (request.Rows.Length == 0)
        {
            return null;
        }

        var last = Array.Find(request.Rows, row => row.Summary is not null) ?? request.Rows[^1];
        return new DecisionRecord
        {
            RequestId = last.RequestId,
            At = last.At,
            User = last.User,
            Summary = last.Summary ?? SummarizeUnsettled(request.Rows),
            Plan = request.Plan,
            Attempts = Attempts(request.Rows),
        };
    }

    public static FallbackEntry Entry(FallbackRow fallback)
    {
        var last = Array.Find(fallback.Rows, row => row.AttemptId == fallback.Position.AttemptId) ?? fallback.Rows[^1];
        return new FallbackEntry
        {
            RequestId = last.RequestId,
            At = last.At,
            From = last.Summary?.FallbackFrom ?? "",
            To = last.Summary?.Served ?? "",
            Reason = last.Summary?.FallbackReason ?? FailureReason.None,
            Attempts = Attempts(fallback.Rows),
        };
    }

    private static AttemptEntry[] Attempts(UsageRecord[] rows)
    {
        // Attempt 0 stands for a request that was refused before any.
        return [.. rows.Where(row => row.AttemptNumber > 0).Select(row => new AttemptEntry
        {
            ModelId = row.ModelId,
            Model = row.Model,
            Outcome = row.Outcome,
            Reason = row.Reason,
            Status = row.Status,
            FirstContentMs = row.FirstContentMs,
            DurationMs = row.DurationMs,
            Tokens = row.Tokens,
            Cost = row.Cost,
            Priced = row.PriceVersion is not null,
            Partial = row.Partial,
        })];
    }

    private static RequestSummary SummarizeUnsettled(UsageRecord[] rows)
    {
        return new RequestSummary
        {
            Requested = "",
            HadCustom = Array.Exists(rows, row => row.AttemptNumber > 0 && row.Type == EndpointType.Custom),
            Status = 0,
            Cost = rows.Aggregate(Money.Zero, (sum, row) => row.PriceVersion is null ? sum : sum + row.Cost),
            DurationMs = rows.Sum(row => row.DurationMs),
            Error = Unsettled,
        };
    }
}
