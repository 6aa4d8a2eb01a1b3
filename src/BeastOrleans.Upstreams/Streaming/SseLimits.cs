namespace BeastOrleans.Upstreams.Streaming;

/// <summary>The bounds of one stream, in bytes.</summary>
internal sealed record SseLimits
{
    public static SseLimits Default { get; } = new();

    public int LineBytes { get; init; } = 1024 * 1024;

    /// <summary>Of an event's data, its lines joined.</summary>
    public int EventBytes { get; init; } = 4 * 1024 * 1024;

    public long StreamBytes { get; init; } = 64 * 1024 * 1024;
}

internal enum SseItem
{
    /// <summary><see cref="SseReader.Data"/> holds it.</summary>
    Event = 0,

    /// <summary>A line for keeping the connection open: proof of a socket, not of progress.</summary>
    Comment = 1,

    /// <summary>The stream ended.</summary>
    End = 2,

    /// <summary>A bound was passed; <see cref="SseReader.Problem"/> names it. Nothing more may be read.</summary>
    TooLarge = 3,
}
