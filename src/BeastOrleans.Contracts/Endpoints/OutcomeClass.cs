namespace BeastOrleans.Contracts.Endpoints;

/// <summary>How an attempt ended, decided once by the failure classifier. The circuit and the router act on this alone.</summary>
[GenerateSerializer, Alias("beast.OutcomeClass")]
public enum OutcomeClass
{
    /// <summary>2xx, well-formed, terminal event seen.</summary>
    Ok = 0,

    /// <summary>Transport failure, 5xx, malformed or empty answer: next candidate, counts as a failure.</summary>
    Sick = 1,

    /// <summary>Our own limit fired: next candidate, counts as a failure.</summary>
    Timeout = 2,

    /// <summary>429, 529, 503 with Retry-After: next candidate, sets a hold, no failure.</summary>
    Overload = 3,

    /// <summary>The upstream refused our credential: next candidate, suspends.</summary>
    Credential = 4,

    /// <summary>Unknown model, unsupported parameter: next candidate, neutral.</summary>
    Config = 5,

    /// <summary>Context too long: one larger candidate, neutral.</summary>
    Context = 6,

    /// <summary>The caller's own mistake: returned as it is, neutral.</summary>
    Caller = 7,

    /// <summary>Client gone, caller's own short limit, hedge loser, drain: neutral, a permit goes back.</summary>
    Abandoned = 8,
}

/// <summary>Why a candidate did not answer, in the words shown to users and dashboards.</summary>
[GenerateSerializer, Alias("beast.FailureReason")]
public enum FailureReason
{
    None = 0,
    Network = 1,
    Overload = 2,
    Timeout = 3,

    /// <summary>Skipped because its circuit was open (or held, suspended, isolated).</summary>
    Unhealthy = 4,
    Other = 5,
}
