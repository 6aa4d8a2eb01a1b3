using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Rates;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;

namespace BeastOrleans.Gateway.Usage.Limits;

/// <summary>What a request under way has taken of its limits; given back or corrected once, when it has ended.</summary>
/// <param name="scopes">In the order in which they were taken.</param>
/// <param name="slots">Of each scope; null = it had no limit of parallel calls.</param>
/// <param name="reservedTokens">Taken when it began.</param>
internal sealed class LimitHold(ScopeShare[] scopes, SlotShare?[] slots, long reservedTokens)
{
    private bool _released;

    /// <summary>Slots are free from now on, and tokens are what they really were, of all its attempts.</summary>
    public void Release(Exchange exchange)
    {
        if (_released)
        {
            return;
        }

        _released = true;
        var tokens = 0L;
        foreach (var attempt in exchange.Attempts)
        {
            tokens += attempt.Tokens.Source == UsageSource.None ? 0 : attempt.Tokens.Input + attempt.Tokens.Output;
        }

        for (var i = 0; i < scopes.Length; i++)
        {
            lock (scopes[i].Gate)
            {
                scopes[i].Tokens?.Correct(tokens - reservedTokens);
                slots[i]?.Release();
            }
        }
    }
}

/// <summary>Neither = the request has no limits.</summary>
internal readonly record struct LimitDecision(LimitHold? Hold, GatewayError? Refusal);
