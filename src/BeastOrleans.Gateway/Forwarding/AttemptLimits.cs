using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>The limits of one attempt: pure, so that the rules read as a table. The request's deadline lies over all of them.</summary>
/// <param name="Whole">For the whole answer; null = a stream that its client sees live, which may last.</param>
/// <param name="FirstContent">To the first content of a stream.</param>
/// <param name="Held">Between two contents of a stream that its client does not see yet.</param>
/// <param name="Idle">Between two contents that the client sees.</param>
internal readonly record struct AttemptLimits(TimeSpan? Whole, TimeSpan FirstContent, TimeSpan Held, TimeSpan Idle)
{
    /// <summary>A model unused for so long may have to load: it gets the full time to its first content.</summary>
    public static readonly TimeSpan ColdAfter = TimeSpan.FromMinutes(5);

    /// <param name="own">The endpoint's own limits: they win over the gateway's.</param>
    /// <param name="options">The gateway's.</param>
    /// <param name="stream">The client asked for a stream.</param>
    /// <param name="hold">What is kept from the client.</param>
    /// <param name="another">Another candidate stands ready, so silence need not be waited out.</param>
    /// <param name="cold">Unused for <see cref="ColdAfter"/>.</param>
    public static AttemptLimits Of(EndpointTimeouts own, GatewayOptions options, bool stream, StreamHold hold, bool another, bool cold)
    {
        var whole = own.AttemptSeconds ?? options.AttemptSeconds;
        var first = own.FirstContentSeconds ?? (another && !cold ? Math.Min(options.FirstContentSeconds, whole) : whole);
        var idle = own.IdleSeconds ?? options.IdleSeconds;
        var held = own.IdleSeconds ?? (another ? Math.Min(options.FirstContentSeconds, idle) : idle);
        return new AttemptLimits(
            stream && !hold.Whole ? null : TimeSpan.FromSeconds(whole),
            TimeSpan.FromSeconds(first),
            TimeSpan.FromSeconds(held),
            TimeSpan.FromSeconds(idle));
    }
}
