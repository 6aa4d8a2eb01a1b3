using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Gateway.Usage.Budgets;

/// <summary>What is held for the attempt about to begin.</summary>
/// <param name="Uses">One lease of each hard budget; null when none applies.</param>
/// <param name="Worst">What the amounts were made from.</param>
internal sealed record Reservation(LeaseUse[] Uses, WorstCost Worst);
