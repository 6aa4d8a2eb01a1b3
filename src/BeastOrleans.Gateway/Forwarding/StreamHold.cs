using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>How long a stream's content is kept from its client: while it is, another model may still answer.</summary>
/// <param name="Whole">Until the answer is complete.</param>
/// <param name="For">Else for so long from the first content; zero = not at all.</param>
internal readonly record struct StreamHold(bool Whole, TimeSpan For)
{
    /// <summary>What is held of a whole answer, bytes: the bound of an answer that is not streamed. A longer one fails.</summary>
    public const int MaxWholeBytes = 32 * 1024 * 1024;

    /// <summary>The longest hold, milliseconds.</summary>
    public const int MaxHoldMs = 5_000;

    public bool IsNone => !Whole && For == TimeSpan.Zero;

    /// <summary>The request's own headers, else the policies'.</summary>
    public static StreamHold Of(RequestOptions request, RoutePolicy policy) => new(
        (request.Stream ?? policy.Stream) == StreamMode.Buffered,
        TimeSpan.FromMilliseconds(request.HoldMs ?? policy.HoldMs ?? 0));
}
