using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage.Sql;

namespace BeastOrleans.Grains.Usage;

/// <summary>What a committed batch has changed.</summary>
/// <param name="Added">The rows that were new.</param>
/// <param name="Late">The rows from before the time that the ledger keeps, newly put aside.</param>
/// <param name="Overdrawn">The budgets that it brought over their limits.</param>
internal sealed record PostedBatch(IReadOnlyList<UsageRecord> Added, IReadOnlyList<UsageRecord> Late, IReadOnlyList<OverdrawnBudget> Overdrawn);
