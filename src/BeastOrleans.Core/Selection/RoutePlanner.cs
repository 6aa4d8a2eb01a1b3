using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

public static class RoutePlanner
{
    /// <summary>The most candidates that a plan tries.</summary>
    public const int MaxEligible = 8;

    /// <summary>The most candidates that a plan lists.</summary>
    public const int MaxCandidates = 32;

    public static RoutePlan Plan(PlanRequest request, PlanContext context) => throw new NotImplementedException();
}
