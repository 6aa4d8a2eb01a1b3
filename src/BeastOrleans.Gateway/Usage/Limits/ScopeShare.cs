using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage.Rates;

namespace BeastOrleans.Gateway.Usage.Limits;

/// <summary>
/// What this gateway holds of one scope's limits. Its members are used under <see cref="Gate"/>; who takes several takes them in
/// the order key, user, tenant.
/// </summary>
internal sealed class ScopeShare(MeteredScope scope)
{
    // After an answer that left nothing, refusals come from here for so long: a flood asks ten times a second.
    private static readonly TimeSpan DryFor = TimeSpan.FromMilliseconds(100);

    private RateLimits? _limits;
    private string? _activation;
    private TimeSpan? _answeredAt;

    public Lock Gate { get; } = new();

    public MeteredScope Scope { get; } = scope;

    public RateShare? Requests { get; private set; }

    public RateShare? Tokens { get; private set; }

    public SlotShare? Parallel { get; private set; }

    /// <summary>The ask under way.</summary>
    public Task? Asking { get; set; }

    /// <summary>When a request last came.</summary>
    public TimeSpan UsedAt { get; private set; }

    public bool IsIdle => Asking is null && (Requests?.IsIdle ?? true) && (Tokens?.IsIdle ?? true) && (Parallel?.IsIdle ?? true);

    public void Use(RateLimits limits, TimeSpan now)
    {
        UsedAt = now;
        if (ReferenceEquals(limits, _limits) || limits == _limits)
        {
            return;
        }

        _limits = limits;
        _answeredAt = null;
        Requests = limits.RequestsPerMinute is { } requests ? Same(Requests, requests, now) : null;
        Tokens = limits.TokensPerMinute is { } tokens ? Same(Tokens, tokens, now) : null;

        // Those under way count on, whatever becomes of the limit.
        if (limits.Parallel is { } parallel)
        {
            Parallel ??= new SlotShare(parallel);
            Parallel.Limit = parallel;
        }
        else if (Parallel is { InFlight: 0 })
        {
            Parallel = null;
        }
    }

    /// <summary>What a request lacks here.</summary>
    public LimitKind? Lacks(long tokens, TimeSpan now) =>
        Requests is { } requests && !requests.CanTake(1, now) ? LimitKind.Requests
        : Tokens is { } rate && !rate.CanTake(tokens, now) ? LimitKind.Tokens
        : Parallel is { CanTake: false } && _limits?.Parallel is not null ? LimitKind.Parallel
        : null;

    public void Take(long tokens)
    {
        Requests?.Take(1);
        Tokens?.Take(tokens);
        Parallel?.Take();
    }

    public void Missed(LimitKind kind, long tokens, bool again)
    {
        switch (kind)
        {
            case LimitKind.Requests:
                Requests?.Missed(1, again);
                break;
            case LimitKind.Tokens:
                Tokens?.Missed(tokens, again);
                break;
            case LimitKind.Parallel when !again:
                Parallel?.Missed();
                break;
            default:
                break;
        }
    }

    /// <summary>Whether asking could help, or the last answer says enough.</summary>
    public bool IsWorthAsking(LimitKind kind, long tokens, TimeSpan now) =>
        Asking is not null || _answeredAt is not { } at || now - at >= DryFor || kind switch
        {
            LimitKind.Requests => Requests?.MayHaveMore(1) ?? false,
            LimitKind.Tokens => Tokens?.MayHaveMore(tokens) ?? false,
            _ => Parallel?.MayHaveMore ?? false,
        };

    public LimitAsk BeginAsk(string gateway, long number, TimeSpan now) => new()
    {
        Gateway = gateway,
        Number = number,
        Limits = _limits!,
        Requests = Requests?.BeginAsk(now) ?? default,
        Tokens = Tokens?.BeginAsk(now) ?? default,
        Parallel = Parallel?.BeginAsk() ?? default,
        Heard = _answeredAt is { } at && now - at < TimeSpan.FromMinutes(1) ? _activation : null,
    };

    public void OnGrant(LimitGrant grant, RateLimits asked, TimeSpan now)
    {
        if (asked != _limits)
        {
            // Changed meanwhile: what was lent under the old limits is left to expire.
            return;
        }

        (_activation, _answeredAt) = (grant.Activation, now);
        Requests?.OnGrant(grant.Requests, now);
        Tokens?.OnGrant(grant.Tokens, now);
        Parallel?.OnGrant(grant.Slots);
    }

    /// <summary>The ask has failed.</summary>
    public void OnSilence(TimeSpan now)
    {
        Requests?.OnSilence(now);
        Tokens?.OnSilence(now);
        Parallel?.OnSilence();
    }

    /// <summary>A request has waited long enough for the ask under way.</summary>
    public void OnPatienceOver(TimeSpan now)
    {
        Requests?.GoAlone(now);
        Tokens?.GoAlone(now);
        Parallel?.OnSilence();
    }

    private static RateShare Same(RateShare? share, long limit, TimeSpan now) => share?.Limit == limit ? share : new RateShare(limit, now);
}

/// <summary>What there are limits of.</summary>
internal enum LimitKind
{
    Requests,
    Tokens,
    Parallel,
}
