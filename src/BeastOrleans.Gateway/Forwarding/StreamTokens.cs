using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>What a stream has used so far, or in all.</summary>
internal static class StreamTokens
{
    /// <summary>The upstream's own numbers, else an estimate of what was produced, marked as such.</summary>
    public static TokenUsage Of(Exchange exchange, UpstreamStream stream, bool producedContent) => stream.Usage.Source switch
    {
        UsageSource.Reported => stream.Usage,
        _ when !producedContent => stream.Usage,

        // The input was told at the start, the output would have been at the end.
        UsageSource.Estimated => stream.Usage with { Output = UsageEstimator.Tokens(stream.ContentCharacters) },
        _ => UsageEstimator.Estimate(exchange.Request.PromptBytes, stream.ContentCharacters),
    };
}
