namespace BeastOrleans.Failover.Clients;

/// <summary>How a client asks for its answer.</summary>
internal enum Mode
{
    /// <summary>The answer whole, as one JSON body.</summary>
    Plain,

    /// <summary>A live stream: what has been shown cannot be unsent.</summary>
    Stream,

    /// <summary>A stream that shows nothing before the answer is whole (<c>x-beast-stream: buffered</c>).</summary>
    Buffered,
}
