namespace BeastOrleans.Contracts.Metering;

/// <summary>
/// Lends one scope's rate and parallel slots to the gateways, keyed by <see cref="Identity.GrainKeys.Limit"/>. Memory only: what
/// is lent is good for seconds.
/// </summary>
[Alias("beast.ILimitGrain"), GrainInterfaceType("beast.limit")]
public interface ILimitGrain : IGrainWithStringKey
{
    /// <summary>Takes a gateway's report and lends it what it needs for about a second. Not to be repeated: each has a number of its own.</summary>
    [Alias("Ask"), ResponseTimeout("00:00:02")]
    Task<LimitGrant> AskAsync(LimitAsk ask);
}

[GenerateSerializer, Immutable, Alias("beast.LimitAsk")]
public sealed record LimitAsk
{
    /// <summary>A gateway's process: a restarted one is another.</summary>
    [Id(0)]
    public required string Gateway { get; init; }

    /// <summary>Grows with each ask of that gateway: one that comes late is not heard.</summary>
    [Id(1)]
    public required long Number { get; init; }

    /// <summary>As the gateway knows them.</summary>
    [Id(2)]
    public required RateLimits Limits { get; init; }

    [Id(3)]
    public RateAsk Requests { get; init; }

    [Id(4)]
    public RateAsk Tokens { get; init; }

    [Id(5)]
    public SlotAsk Parallel { get; init; }

    /// <summary>Which activation answered last, within the last minute; null = none.</summary>
    [Id(6)]
    public string? Heard { get; init; }
}

/// <summary>A rate as a gateway stands to it.</summary>
[GenerateSerializer, Immutable, Alias("beast.RateAsk")]
public readonly record struct RateAsk
{
    /// <summary>Lent before, unspent, and still of use.</summary>
    [Id(0)]
    public long Kept { get; init; }

    /// <summary>Lent before and given back; negative = spent beyond what was lent.</summary>
    [Id(1)]
    public long Returned { get; init; }

    /// <summary>What the next second needs, kept ones included.</summary>
    [Id(2)]
    public long Demand { get; init; }

    /// <summary>Fewer than this would serve nobody.</summary>
    [Id(3)]
    public long Need { get; init; }
}

/// <summary>Parallel calls as a gateway stands to them.</summary>
[GenerateSerializer, Immutable, Alias("beast.SlotAsk")]
public readonly record struct SlotAsk
{
    /// <summary>No more than this many are held from now on until the answer is there.</summary>
    [Id(0)]
    public int Kept { get; init; }

    [Id(1)]
    public int InFlight { get; init; }

    [Id(2)]
    public int Demand { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.LimitGrant")]
public sealed record LimitGrant
{
    /// <summary>Of this activation.</summary>
    [Id(0)]
    public required string Activation { get; init; }

    [Id(1)]
    public RateGrant Requests { get; init; }

    [Id(2)]
    public RateGrant Tokens { get; init; }

    /// <summary>Calls that the gateway may have under way.</summary>
    [Id(3)]
    public int Slots { get; init; }
}

[GenerateSerializer, Immutable, Alias("beast.RateGrant")]
public readonly record struct RateGrant
{
    /// <summary>More of them, beside those kept; good for three seconds from when the ask was sent.</summary>
    [Id(0)]
    public long Amount { get; init; }

    /// <summary>The part of the whole rate that is this gateway's, in millionths, should nobody answer it any more.</summary>
    [Id(1)]
    public int ShareMillionths { get; init; }

    /// <summary>Not lent to anybody; negative = more was spent than there was.</summary>
    [Id(2)]
    public long Left { get; init; }

    /// <summary>Until as many more as are needed can be there, one at least.</summary>
    [Id(3)]
    public TimeSpan RetryAfter { get; init; }
}
