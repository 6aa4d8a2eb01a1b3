using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Budgets and the leases on them, beside the ledger whose transactions spend them. Every write is one transaction, is guarded
/// by its own statement and may be repeated.
/// </summary>
internal interface IBudgetStore
{
    /// <summary>A new budget starts with what the rollups say was spent; another period counts anew and keeps what is lent.</summary>
    Task<BudgetChange> PutAsync(MeteredScope scope, BudgetDefinition definition, DateTimeOffset now);

    /// <summary>Null when there is none.</summary>
    Task<BudgetView?> FindAsync(MeteredScope scope, DateTimeOffset now);

    /// <summary>By scope, ascending, after <paramref name="after"/> where given.</summary>
    Task<BudgetView[]> ListAsync(string? after, int limit, DateTimeOffset now);

    /// <summary>False when there was none. Its open leases are closed.</summary>
    Task<bool> RemoveAsync(MeteredScope scope);

    Task<LeaseGrant> LeaseAsync(MeteredScope scope, LeaseRequest request, DateTimeOffset now);

    Task CloseAsync(MeteredScope scope, string leaseId);

    /// <summary>Closes every open lease that earlier starts of a gateway had.</summary>
    /// <returns>How many were open.</returns>
    Task<int> CloseLeasesAsync(string gateway, long beforeEpoch);

    Task<GapSettlement> SettleGapAsync(MeteredScope scope, string leaseId, bool post, DateTimeOffset now);
}

/// <summary>The budget after a write, and whether the write changed it.</summary>
internal readonly record struct BudgetChange(BudgetView View, bool Changed);

/// <param name="View">The budget afterwards; null unless <paramref name="Outcome"/> is <see cref="GapOutcome.Settled"/>.</param>
internal readonly record struct GapSettlement(GapOutcome Outcome, BudgetView? View);

internal enum GapOutcome
{
    /// <summary>Now, or the same way before.</summary>
    Settled = 0,

    /// <summary>No such budget or lease.</summary>
    NotFound = 1,

    /// <summary>Its gateway may yet come back.</summary>
    NotYet = 2,

    /// <summary>Its gateway came back, or it was settled the other way.</summary>
    Otherwise = 3,
}
