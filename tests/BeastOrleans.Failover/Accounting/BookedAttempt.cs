using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Accounting;

/// <summary>One attempt in the ledger.</summary>
internal sealed record BookedAttempt(string ModelId, string Outcome, string? Reason, long Tokens, decimal? CostUsd)
{
    /// <summary>As <c>x-beast-attempts</c> has it.</summary>
    public string AsHeader => $"{ModelId}={(Outcome == "partial" ? Reason : Reason ?? Outcome)}";

    /// <summary>Null when it has a reason if it failed, and the cost of its tokens.</summary>
    public string? FindProblem()
    {
        if (Outcome is not ("ok" or "caller" or "abandoned") && Reason is null)
        {
            return $"the attempt at {ModelId} ended {Outcome} without a reason";
        }

        var perMTok = ModelId == Stage.PrimaryId ? Prices.PrimaryPerMTok : Prices.FallbackPerMTok;
        return CostUsd != Tokens * perMTok / 1_000_000 ? $"{Tokens} tokens at {ModelId} cost {CostUsd?.ToString() ?? "nothing known"}" : null;
    }
}
