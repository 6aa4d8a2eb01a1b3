namespace BeastOrleans.Contracts.Selection;

/// <summary>What is tried first.</summary>
[GenerateSerializer, Alias("beast.Preference")]
public enum Preference
{
    Custom = 0,
    Provider = 1,
}

/// <summary>How the order inside a tier is made.</summary>
[GenerateSerializer, Alias("beast.Strategy")]
public enum Strategy
{
    /// <summary>In the order registered.</summary>
    Priority = 0,
}

/// <summary>How a streaming answer is given.</summary>
[GenerateSerializer, Alias("beast.StreamMode")]
public enum StreamMode
{
    Live = 0,
    Buffered = 1,
}

/// <summary>Whether a model without a price may serve.</summary>
[GenerateSerializer, Alias("beast.UnpricedUse")]
public enum UnpricedUse
{
    Allow = 0,
    Refuse = 1,
}

/// <summary>A routing policy of one level. An absent field inherits: request, key, user, tenant, platform.</summary>
[GenerateSerializer, Immutable, Alias("beast.RoutePolicy")]
public sealed record RoutePolicy
{
    public static RoutePolicy Empty { get; } = new();

    [Id(0)]
    public Preference? Prefer { get; init; }

    [Id(1)]
    public bool? NoFallback { get; init; }

    /// <summary>Model ids; at most 8.</summary>
    [Id(2)]
    public string[]? Fallbacks { get; init; }

    [Id(3)]
    public Strategy? Strategy { get; init; }

    /// <summary>Seconds, 0 to 30.</summary>
    [Id(4)]
    public double? PatienceSeconds { get; init; }

    [Id(5)]
    public StreamMode? Stream { get; init; }

    /// <summary>Milliseconds, 0 to 5,000.</summary>
    [Id(6)]
    public int? HoldMs { get; init; }

    /// <summary>The model id whose price is the baseline when no provider candidate stood in the plan.</summary>
    [Id(7)]
    public string? Baseline { get; init; }

    /// <summary>Seconds, 1 to 600.</summary>
    [Id(8)]
    public double? DeadlineSeconds { get; init; }

    /// <summary>The operator's default model: the platform's policy only.</summary>
    [Id(9)]
    public string? DefaultModel { get; init; }

    /// <summary>Whether models without a price may serve: what they cost is in no budget and no saving.</summary>
    [Id(10)]
    public UnpricedUse? Unpriced { get; init; }

    /// <summary>This policy where it says something, else <paramref name="under"/>.</summary>
    public RoutePolicy Over(RoutePolicy under)
    {
        ArgumentNullException.ThrowIfNull(under);
        return new RoutePolicy
        {
            Prefer = Prefer ?? under.Prefer,
            NoFallback = NoFallback ?? under.NoFallback,
            Fallbacks = Fallbacks ?? under.Fallbacks,
            Strategy = Strategy ?? under.Strategy,
            PatienceSeconds = PatienceSeconds ?? under.PatienceSeconds,
            Stream = Stream ?? under.Stream,
            HoldMs = HoldMs ?? under.HoldMs,
            Baseline = Baseline ?? under.Baseline,
            DeadlineSeconds = DeadlineSeconds ?? under.DeadlineSeconds,
            DefaultModel = DefaultModel ?? under.DefaultModel,
            Unpriced = Unpriced ?? under.Unpriced,
        };
    }
}
