namespace BeastOrleans.Contracts.Usage;

/// <summary>One tenant's day, summed afresh from the ledger and compared with what is stored.</summary>
[GenerateSerializer, Immutable, Alias("beast.DayComparison")]
public sealed record DayComparison
{
    [Id(0)]
    public required RecomputedTotals Ledger { get; init; }

    [Id(1)]
    public required RecomputedTotals Stored { get; init; }

    /// <summary>At most <see cref="IReportGrain.MaxDifferences"/>.</summary>
    [Id(2)]
    public required UsageDifference[] Differences { get; init; }

    /// <summary>All of them.</summary>
    [Id(3)]
    public required long DifferenceCount { get; init; }
}

/// <summary>What a recomputation comes to.</summary>
[GenerateSerializer, Immutable, Alias("beast.RecomputedTotals")]
public sealed record RecomputedTotals
{
    public static RecomputedTotals Zero { get; } = new();

    [Id(0)]
    public long Attempts { get; init; }

    [Id(1)]
    public long TokensIn { get; init; }

    [Id(2)]
    public long TokensOut { get; init; }

    [Id(3)]
    public Money Cost { get; init; }

    [Id(4)]
    public long Unpriced { get; init; }

    /// <summary>Requests that a custom model was to answer; with the two sums that savings are made of.</summary>
    [Id(5)]
    public long Requests { get; init; }

    [Id(6)]
    public Money Actual { get; init; }

    [Id(7)]
    public Money Baseline { get; init; }

    public static RecomputedTotals Add(RecomputedTotals left, RecomputedTotals right) => left + right;

    public static RecomputedTotals operator +(RecomputedTotals a, RecomputedTotals b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new RecomputedTotals
        {
            Attempts = a.Attempts + b.Attempts,
            TokensIn = a.TokensIn + b.TokensIn,
            TokensOut = a.TokensOut + b.TokensOut,
            Cost = a.Cost + b.Cost,
            Unpriced = a.Unpriced + b.Unpriced,
            Requests = a.Requests + b.Requests,
            Actual = a.Actual + b.Actual,
            Baseline = a.Baseline + b.Baseline,
        };
    }
}

/// <summary>Where a stored sum is not what the ledger says.</summary>
[GenerateSerializer, Immutable, Alias("beast.UsageDifference")]
public sealed record UsageDifference
{
    /// <summary>The table that is wrong, or <c>budget</c>.</summary>
    [Id(0)]
    public required string Table { get; init; }

    [Id(1)]
    public required string Column { get; init; }

    [Id(2)]
    public required DateTimeOffset At { get; init; }

    [Id(3)]
    public string? Tenant { get; init; }

    [Id(4)]
    public string? User { get; init; }

    [Id(5)]
    public string? Key { get; init; }

    [Id(6)]
    public string? Model { get; init; }

    /// <summary>Of a budget.</summary>
    [Id(7)]
    public string? Scope { get; init; }

    /// <summary>Nano-dollars, tokens or rows, as the column's name says.</summary>
    [Id(8)]
    public required long Ledger { get; init; }

    [Id(9)]
    public required long Stored { get; init; }
}

/// <summary>Budgets whose present window was compared with what was spent in it.</summary>
[GenerateSerializer, Immutable, Alias("beast.BudgetComparisonPage")]
public sealed record BudgetComparisonPage
{
    [Id(0)]
    public required int Compared { get; init; }

    [Id(1)]
    public required UsageDifference[] Differences { get; init; }

    [Id(2)]
    public string? Next { get; init; }
}

/// <summary>What can be recomputed at all.</summary>
[GenerateSerializer, Immutable, Alias("beast.LedgerExtent")]
public sealed record LedgerExtent
{
    /// <summary>The ledger's own rows before this are removed; null when none is.</summary>
    [Id(0)]
    public DateTimeOffset? KeptFrom { get; init; }

    /// <summary>Rows that came after those of their time were removed, and were put aside.</summary>
    [Id(1)]
    public long Late { get; init; }
}
