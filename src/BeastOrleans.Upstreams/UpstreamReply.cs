using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams;

/// <summary>What came of one attempt: a whole answer, an open stream, or a failure. Exactly one of the three is set.</summary>
public sealed class UpstreamReply
{
    private UpstreamReply()
    {
    }

    public AttemptFailure? Failure { get; private init; }

    /// <summary>A whole answer, well-formed: a chat completion, or the client's own dialect where <see cref="IsNative"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; private init; }

    /// <summary>The upstream speaks the client's own dialect, which is not chat completions.</summary>
    public bool IsNative { get; private init; }

    /// <summary>Usage of <see cref="Body"/>.</summary>
    public TokenUsage Usage { get; private init; }

    /// <summary>Characters of content in <see cref="Body"/> (text, reasoning, tool arguments): what an estimate rests on.</summary>
    public int ContentCharacters { get; private init; }

    /// <summary>The caller disposes it.</summary>
    public UpstreamStream? Stream { get; private init; }

    /// <summary>The upstream's HTTP status; 0 when it gave none.</summary>
    public int Status { get; private init; }

    /// <summary>Fields of the client's request that its translation left out because nothing rests on them, by path: <c>seed</c>, <c>messages[].name</c>.</summary>
    public IReadOnlyList<string> DroppedFields { get; internal set; } = [];

    public static UpstreamReply Failed(AttemptFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new UpstreamReply { Failure = failure, Status = failure.Status };
    }

    public static UpstreamReply Answered(ReadOnlyMemory<byte> body, TokenUsage usage, int contentCharacters, int status = 200) =>
        new() { Body = body, Usage = usage, ContentCharacters = contentCharacters, Status = status };

    /// <summary>A whole answer in the client's own dialect, which the upstream speaks too.</summary>
    public static UpstreamReply AnsweredNative(ReadOnlyMemory<byte> body, TokenUsage usage, int contentCharacters, int status = 200) =>
        new() { Body = body, Usage = usage, ContentCharacters = contentCharacters, Status = status, IsNative = true };

    public static UpstreamReply Streaming(UpstreamStream stream, int status = 200) => new() { Stream = stream, Status = status };
}
