using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>A row of <c>leases</c>.</summary>
internal sealed record LeaseRow
{
    public required string Id { get; init; }

    public required string Scope { get; init; }

    public required DateTimeOffset WindowStart { get; init; }

    public required string Gateway { get; init; }

    public required long Epoch { get; init; }

    public required Money Amount { get; init; }

    public required Money Used { get; init; }

    /// <summary>What an operator has posted for it and no late row has taken back since.</summary>
    public Money Settled { get; init; }

    public LeaseState State { get; init; }

    public required DateTimeOffset GrantedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public Money Rest => Amount - Used;

    /// <summary>A moment in the window that it was lent from, also when the budget's period has changed since it ended.</summary>
    public DateTimeOffset LentAt => GrantedAt > WindowStart ? GrantedAt : WindowStart;
}

/// <summary>The numbers are stored.</summary>
internal enum LeaseState
{
    /// <summary>Its rest is part of its window's leased sum.</summary>
    Open = 0,

    /// <summary>Given back by its gateway.</summary>
    Closed = 1,

    /// <summary>Its gateway never came back, and an operator booked the rest as spent.</summary>
    Posted = 2,

    /// <summary>Its gateway never came back, and an operator gave the rest back.</summary>
    Voided = 3,
}
