namespace BeastOrleans.Failover.Clients;

/// <summary>Everything that a client could see of one answer.</summary>
internal sealed record ClientAnswer
{
    /// <summary>0 when no status came.</summary>
    public required int Status { get; init; }

    /// <summary>The content, all deltas in order.</summary>
    public required string Text { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Null: the answer does not claim to be finished.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The stream's terminator was sent.</summary>
    public bool Done { get; init; }

    /// <summary>The error body, or the error event of a stream.</summary>
    public ClientError? Error { get; init; }

    /// <summary>The client lost its patience: nothing ended this answer.</summary>
    public bool Hung { get; init; }

    /// <summary>The connection broke under the client.</summary>
    public bool Broken { get; init; }

    public string? RequestId { get; init; }

    /// <summary>Who answered, by the gateway's word; null on an error, and where pings had sent the headers before it was known.</summary>
    public string? Served { get; init; }

    public string? FallbackReason { get; init; }

    /// <summary>Every attempt by the gateway's word, such as <c>custom:mine=timeout</c>.</summary>
    public IReadOnlyList<string> Attempts { get; init; } = [];

    /// <summary>Comments while the client waited.</summary>
    public int Pings { get; init; }

    public bool IsWhole => Status == 200 && FinishReason is not null && Error is null && !Broken && !Hung;

    /// <summary>Refused for its own form before anything was planned: such a request is not booked.</summary>
    public bool IsRefusedUnread => Status == 400 && Attempts.Count == 0 && Error?.Code is "invalid_header" or "invalid_request";

    public int AttemptsAt(string modelId) => Attempts.Count(a => a.StartsWith(modelId + "=", StringComparison.Ordinal));

    public string Describe()
    {
        if (Hung)
        {
            return "nothing, it hung";
        }

        if (Broken)
        {
            return $"{Status} broken connection";
        }

        if (Error is { } error)
        {
            return Status == 200 ? $"200 cut, {error.Code ?? "untyped error"}{(Done ? ", [DONE]" : "")}" : $"{Status} {error.Code ?? "untyped error"}";
        }

        return IsWhole ? $"{Status} whole, {Served ?? (Pings == 1 ? "after a ping" : $"after {Pings} pings")}" : $"{Status} unfinished{(Done ? ", [DONE]" : "")}";
    }
}

/// <param name="Code">The type of the error, for programs.</param>
/// <param name="Message">For people.</param>
/// <param name="RequestId">Ties the error to the decision record.</param>
/// <param name="Models">The model ids of <c>attempts[]</c>.</param>
internal sealed record ClientError(string? Code, string? Message, string? RequestId, IReadOnlyList<string> Models);
