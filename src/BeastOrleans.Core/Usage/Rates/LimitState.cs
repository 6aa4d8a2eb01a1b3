using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage.Rates;

/// <summary>What one scope has lent to whom. A gateway silent for <see cref="SilentAfter"/> has lost its share and its slots.</summary>
/// <param name="activation">A name of its own for each start: gateways tell by it that the one before was lost.</param>
/// <param name="startedAt">By the clock of <see cref="Ask"/>.</param>
public sealed class LimitState(string activation, TimeSpan startedAt)
{
    /// <summary>Also how long what is lent is good for, counted by the gateway from when it sent its ask: earlier than here.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(3);

    /// <summary>How often a gateway that has or wants something reports.</summary>
    public static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    // Gateways that knew the one before this ask within a few seconds, or have lost what they had.
    private static readonly TimeSpan Newborn = TimeSpan.FromSeconds(6);

    // More gateways than a cluster has: beyond it the longest silent is forgotten.
    private const int MaxGateways = 1_000;

    private readonly Dictionary<string, Seen> _gateways = new(StringComparer.Ordinal);
    private readonly LentSlots _slots = new();
    private LentRate? _requests;
    private LentRate? _tokens;
    private bool _drained;

    public LimitGrant Ask(LimitAsk ask, TimeSpan now)
    {
        ForgetSilent(now);
        if (_gateways.TryGetValue(ask.Gateway, out var seen) && ask.Number <= seen.Number)
        {
            return new LimitGrant { Activation = activation };
        }

        if (!_gateways.ContainsKey(ask.Gateway) && _gateways.Count >= MaxGateways)
        {
            Forget(_gateways.MinBy(one => one.Value.At).Key);
        }

        _gateways[ask.Gateway] = new Seen(ask.Number, now);
        Follow(ref _requests, ask.Limits.RequestsPerMinute, now);
        Follow(ref _tokens, ask.Limits.TokensPerMinute, now);
        DrainWhenSuccessor(ask, now);
        return new LimitGrant
        {
            Activation = activation,
            Requests = _requests?.Ask(ask.Gateway, ask.Requests, now) ?? default,
            Tokens = _tokens?.Ask(ask.Gateway, ask.Tokens, now) ?? default,
            Slots = ask.Limits.Parallel is { } limit ? _slots.Ask(ask.Gateway, ask.Parallel, limit) : 0,
        };
    }

    // The one before this may have lent its burst a moment ago: it is not given twice.
    private void DrainWhenSuccessor(LimitAsk ask, TimeSpan now)
    {
        if (!_drained && now - startedAt < Newborn && ask.Heard is { } heard && heard != activation)
        {
            _drained = true;
            _requests?.Drain();
            _tokens?.Drain();
        }
    }

    private static void Follow(ref LentRate? rate, long? limit, TimeSpan now)
    {
        if (limit is not { } one)
        {
            rate = null;
        }
        else if (rate is null)
        {
            rate = new LentRate(one, now);
        }
        else
        {
            rate.Change(one, now);
        }
    }

    private void ForgetSilent(TimeSpan now)
    {
        foreach (var (gateway, seen) in _gateways)
        {
            if (now - seen.At > SilentAfter)
            {
                Forget(gateway);
            }
        }
    }

    private void Forget(string gateway)
    {
        _gateways.Remove(gateway);
        _requests?.Forget(gateway);
        _tokens?.Forget(gateway);
        _slots.Forget(gateway);
    }

    private readonly record struct Seen(long Number, TimeSpan At);
}
