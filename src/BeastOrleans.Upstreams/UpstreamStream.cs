using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams;

/// <summary>A streaming answer, event by event, in the client's dialect.</summary>
public abstract class UpstreamStream : IAsyncDisposable
{
    /// <summary>
    /// What the upstream has said of usage so far. <see cref="UsageSource.Estimated"/>: the input is the upstream's number,
    /// the output (0 here) is yet to be estimated from <see cref="ContentCharacters"/>.
    /// </summary>
    public TokenUsage Usage { get; protected set; }

    /// <summary>Characters of content delivered so far (text, reasoning, tool arguments): what an estimate rests on.</summary>
    public int ContentCharacters { get; protected set; }

    /// <summary>
    /// The next event. After <see cref="StreamItemKind.End"/> or <see cref="StreamItemKind.Failed"/> nothing more may be read.
    /// Comments, pings and undecodable events are not shown.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, and only then.</exception>
    public abstract ValueTask<StreamItem> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Ends the connection at once (no drain), so that the upstream learns of it within a second.</summary>
    public abstract ValueTask DisposeAsync();
}

public enum StreamItemKind
{
    /// <summary>No content yet: role-only chunks, <c>message_start</c>. Held back until the commit.</summary>
    Head = 0,

    /// <summary>Non-empty text, reasoning, tool-call or refusal delta, or the sign of reasoning that is not shown.</summary>
    Content = 1,

    /// <summary>A finish reason: the answer is complete. Other events (usage) may still follow.</summary>
    Finish = 2,

    /// <summary>Usage alone, and the client did not ask for it: not forwarded.</summary>
    HiddenUsage = 3,

    /// <summary>Anything else that is well-formed: forwarded, but no progress.</summary>
    Other = 4,

    /// <summary>The stream ended and a finish reason had been seen.</summary>
    End = 5,

    /// <summary>The stream broke, or ended without a finish reason, or carried an error.</summary>
    Failed = 6,
}

/// <summary>One event of a stream.</summary>
public readonly struct StreamItem
{
    public StreamItemKind Kind { get; init; }

    /// <summary>
    /// The event's name, where the upstream speaks the client's dialect and that dialect names its events: then the payload
    /// is native. Null: a chat completion's chunk, the pivot of all translation.
    /// </summary>
    public string? EventType { get; init; }

    /// <summary>The event's data in the client's dialect, without <c>data:</c> framing, one line; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Set for <see cref="StreamItemKind.Failed"/>.</summary>
    public AttemptFailure? Failure { get; init; }
}
