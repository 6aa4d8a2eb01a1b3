namespace BeastOrleans.Contracts.Usage;

/// <summary>How finely a report divides time.</summary>
[GenerateSerializer, Alias("beast.ReportStep")]
public enum ReportStep
{
    Day = 0,
    Hour = 1,

    /// <summary>The window as a whole.</summary>
    Total = 2,
}

/// <summary>What a report tells apart. Users, keys and tags belong to a tenant, so each brings it along.</summary>
[Flags, GenerateSerializer, Alias("beast.ReportGroup")]
public enum ReportGroup
{
    None = 0,
    Tenant = 1,
    User = 2,
    Key = 4,
    Model = 8,
    Provider = 16,

    /// <summary>Not together with users and keys, neither as groups nor as filters.</summary>
    Tag = 32,
}

/// <summary>A question to the rollups. A null filter takes all.</summary>
[GenerateSerializer, Immutable, Alias("beast.UsageQuery")]
public sealed record UsageQuery
{
    [Id(0)]
    public ReportStep Step { get; init; }

    [Id(1)]
    public ReportGroup Group { get; init; }

    [Id(2)]
    public string? Tenant { get; init; }

    [Id(3)]
    public string? User { get; init; }

    [Id(4)]
    public string? Key { get; init; }

    /// <summary>A model id.</summary>
    [Id(5)]
    public string? Model { get; init; }

    /// <summary>The part of a model id before its colon; <c>custom</c> for custom models.</summary>
    [Id(6)]
    public string? Provider { get; init; }

    [Id(7)]
    public string? Tag { get; init; }

    /// <summary>Inclusive; widened to whole days, or hours.</summary>
    [Id(8)]
    public required DateTimeOffset From { get; init; }

    /// <summary>Exclusive; widened likewise.</summary>
    [Id(9)]
    public required DateTimeOffset To { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.UsagePage")]
public sealed record UsagePage
{
    [Id(0)]
    public required UsageRow[] Rows { get; init; }

    [Id(1)]
    public string? Next { get; init; }

    /// <summary>The window as counted.</summary>
    [Id(2)]
    public required DateTimeOffset From { get; init; }

    [Id(3)]
    public required DateTimeOffset To { get; init; }
}

/// <summary>Sums over attempts. What was not asked to be told apart is null.</summary>
[GenerateSerializer, Immutable, Alias("beast.UsageRow")]
public sealed record UsageRow
{
    /// <summary>The beginning of the day, hour or window.</summary>
    [Id(0)]
    public required DateTimeOffset At { get; init; }

    [Id(1)]
    public string? Tenant { get; init; }

    [Id(2)]
    public string? User { get; init; }

    [Id(3)]
    public string? Key { get; init; }

    [Id(4)]
    public string? Model { get; init; }

    [Id(5)]
    public string? Provider { get; init; }

    [Id(6)]
    public string? Tag { get; init; }

    /// <summary>The sum of the nine that follow.</summary>
    [Id(7)]
    public long Attempts { get; init; }

    [Id(8)]
    public long Ok { get; init; }

    [Id(9)]
    public long Abandoned { get; init; }

    /// <summary>Their gateway was killed: booked at the most that they can have cost.</summary>
    [Id(10)]
    public long Unknown { get; init; }

    /// <summary>Refused for the caller's own mistake.</summary>
    [Id(11)]
    public long Caller { get; init; }

    [Id(12)]
    public long Network { get; init; }

    [Id(13)]
    public long Overload { get; init; }

    [Id(14)]
    public long Timeout { get; init; }

    [Id(15)]
    public long Unhealthy { get; init; }

    [Id(16)]
    public long Other { get; init; }

    [Id(17)]
    public TokenUsage Tokens { get; init; }

    /// <summary>Of the attempts that have a price.</summary>
    [Id(18)]
    public Money Cost { get; init; }

    /// <summary>Attempts at models without a price: what they cost is not known.</summary>
    [Id(19)]
    public long Unpriced { get; init; }
}

/// <summary>Which rows of the ledger. A null filter takes all.</summary>
[GenerateSerializer, Immutable, Alias("beast.LedgerQuery")]
public sealed record LedgerQuery
{
    [Id(0)]
    public string? Tenant { get; init; }

    [Id(1)]
    public string? User { get; init; }

    [Id(2)]
    public string? Key { get; init; }

    [Id(3)]
    public string? Model { get; init; }

    /// <summary>Inclusive, to the millisecond.</summary>
    [Id(4)]
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive.</summary>
    [Id(5)]
    public DateTimeOffset? To { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.LedgerPage")]
public sealed record LedgerPage
{
    /// <summary>Newest first.</summary>
    [Id(0)]
    public required UsageRecord[] Rows { get; init; }

    /// <summary>Null at the end.</summary>
    [Id(1)]
    public string? Next { get; init; }
}
