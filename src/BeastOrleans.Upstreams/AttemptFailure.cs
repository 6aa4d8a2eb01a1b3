using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams;

/// <summary>Why an attempt failed, decided once by the failure classifier.</summary>
public sealed record AttemptFailure
{
    public required OutcomeClass Class { get; init; }

    /// <summary><see cref="FailureReason.None"/> for classes that are nobody's fallback reason (caller, abandoned).</summary>
    public required FailureReason Reason { get; init; }

    /// <summary>The upstream's HTTP status; 0 when it gave none.</summary>
    public int Status { get; init; }

    /// <summary>The upstream's own error code or type, e.g. <c>insufficient_quota</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The upstream's own words or the transport's, at most 1 KB, keys and URLs scrubbed: may be shown to the caller.</summary>
    public required string Message { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Provably not processed: refused while pooled, no byte written, HTTP/2 REFUSED_STREAM.</summary>
    public bool NotProcessed { get; init; }

    /// <summary>Failed before any byte of an answer: a reset or a 5xx.</summary>
    public bool BeforeAnswer { get; init; }

    /// <summary>The upstream refused <c>stream_options</c>: ask again without.</summary>
    public bool RefusedStreamOptions { get; init; }

    /// <summary>JSON path of the field of the client's request that the endpoint's dialect cannot say: nothing was sent. Null for every other failure.</summary>
    public string? Param { get; init; }

    /// <summary>
    /// For the classes caller and context: the upstream's error body in the client's dialect, returned as it is. With
    /// <see cref="Param"/>: the 400 to answer when no other candidate can say it either. Else empty.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
