using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage.Leases;

/// <summary>A slice of a budget in this gateway's hands: what was lent is free, reserved or spent.</summary>
internal sealed class Lease
{
    public required string Id { get; init; }

    /// <summary>By the gateway's monotonic clock: not used from then on.</summary>
    public required TimeSpan UsableUntil { get; init; }

    /// <summary>By the same clock: from then on the next one is asked for.</summary>
    public required TimeSpan RenewAt { get; init; }

    /// <summary>The budget gave less than was wanted.</summary>
    public required bool IsScarce { get; init; }

    public Money Free { get; set; }

    public Money Reserved { get; set; }

    /// <summary>Attempts whose ledger row is not acknowledged.</summary>
    public int Unacknowledged { get; set; }

    public TimeSpan UsedAt { get; set; }

    /// <summary>No further attempt may use it.</summary>
    public bool IsRecalled { get; set; }

    /// <summary>The cluster is being told that it goes back.</summary>
    public bool IsClosing { get; set; }

    public bool IsUsable(TimeSpan now) => !IsRecalled && !IsClosing && now < UsableUntil;

    /// <summary>Unused, or useless; and nothing that was spent on it is still unknown to the ledger.</summary>
    public bool MayGoBack(TimeSpan now) =>
        !IsClosing
        && Unacknowledged == 0
        && (!IsUsable(now) || now - UsedAt >= (IsScarce ? LeaseRules.IdleAfterWhenScarce : LeaseRules.IdleAfter));
}
