using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Usage.Budgets;

/// <summary>Why an attempt's worst cost could not be reserved.</summary>
/// <param name="Scope">E.g. <c>tenant:acme</c>.</param>
/// <param name="Worst">What was to be reserved.</param>
/// <param name="Answer">The budget's; null when it could not be asked.</param>
/// <param name="Budget">As it stood; null when unknown.</param>
internal sealed record BudgetRefusal(string Scope, Money Worst, LeaseAnswer? Answer, BudgetView? Budget)
{
    /// <summary>For the list of candidates that were not called.</summary>
    public string Why => Answer is null
        ? $"the budget {Scope} could not be asked"
        : $"its worst cost {Worst} exceeds what is left of the budget {Scope}";

    /// <summary>"Cannot ask" is never a 402: the budget may well have enough.</summary>
    public GatewayError ToError()
    {
        if (Answer is null)
        {
            return GatewayError.Unavailable($"The budget {Scope} could not be asked, and nothing of it is at hand.", "ledger_unavailable") with { ShouldRetry = true };
        }

        var inFlight = Answer == LeaseAnswer.InFlight;
        var state = Budget is { } budget
            ? $" Limit {budget.Definition.Limit}, posted {budget.Posted}, held {budget.Leased}; {Reset(budget)}."
            : "";
        var advice = inFlight
            ? " Only requests in flight stand in the way: try again in a moment."
            : " Ask for a shorter answer (max_tokens), or have the budget raised.";
        return new GatewayError(402, "insufficient_quota", "budget_exceeded", $"The budget {Scope} does not allow this request, which can cost up to {Worst}.{state}{advice}")
        {
            RetryAfter = inFlight ? TimeSpan.FromSeconds(1) : null,
            ShouldRetry = inFlight,
        };
    }

    private static string Reset(BudgetView budget) => budget.ResetsAt is { } at ? $"it resets at {at:yyyy-MM-ddTHH:mm:ssZ}" : "it does not reset";
}
