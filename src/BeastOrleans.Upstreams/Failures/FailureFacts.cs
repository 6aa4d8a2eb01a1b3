namespace BeastOrleans.Upstreams.Failures;

/// <summary>How far the answer had come when it failed.</summary>
internal enum FailurePhase
{
    /// <summary>No byte of an answer.</summary>
    BeforeAnswer = 0,

    /// <summary>A status, perhaps a stream's head, no content.</summary>
    BeforeContent = 1,

    AfterContent = 2,
}

/// <summary>All that <see cref="FailureClassifier"/> decides by. Exactly one of transport, status and defect tells the story; the error refines it.</summary>
internal readonly record struct FailureFacts
{
    public TransportFault Transport { get; init; }

    public FailurePhase Phase { get; init; }

    /// <summary>The HTTP status; 0 when none came.</summary>
    public int Status { get; init; }

    /// <summary>What is wrong with an answer that came with a good status: malformed, empty, HTML, too long. Null otherwise.</summary>
    public string? Defect { get; init; }

    /// <summary>The upstream's own error, from the body of a bad status or in-band in a good one.</summary>
    public UpstreamError? Error { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Not one byte of the request's body was handed to the connection.</summary>
    public bool NothingWritten { get; init; }

    /// <summary>
    /// The request carried <c>stream_options</c> of our making: a refusal of it is a refusal of that alone, and no caller
    /// can bring it about with words of its own.
    /// </summary>
    public bool SplicedStreamOptions { get; init; }
}
