using System.Collections.Concurrent;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage.Rates;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage.Limits;

/// <summary>
/// The rate limits as this gateway applies them: from what it holds of each scope, without a call per request. Each scope in use
/// reports once a second and is lent what it needs; one that runs dry asks at once, and its requests wait for that one ask.
/// </summary>
internal sealed partial class LimitShares : IDisposable
{
    /// <summary>The longest that a request waits for a share.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<ScopeKey, ScopeShare> _scopes = new();
    private readonly IGrainFactory _grains;
    private readonly GatewayInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger<LimitShares> _logger;
    private readonly ITimer _reports;
    private readonly long _startedAt;
    private readonly string _gateway = Guid.NewGuid().ToString("N");
    private long _asks;

    public LimitShares(IGrainFactory grains, GatewayInstruments instruments, TimeProvider time, ILogger<LimitShares> logger)
    {
        _grains = grains;
        _instruments = instruments;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();

        // Gateways started together need not report together.
        _reports = time.CreateTimer(_ => Report(), null, LimitState.ReportEvery * Random.Shared.NextDouble(), LimitState.ReportEvery);
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Takes one request, its prompt's tokens and a slot of every scope that has limits, or nothing of any.</summary>
    public ValueTask<LimitDecision> EnterAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var key = exchange.Caller.Key.Metering.Limits;
        var user = exchange.Plan!.UserMetering?.Limits;
        var tenant = exchange.Plan.TenantMetering?.Limits;
        return key is null && user is null && tenant is null ? default : new(EnterAsync(exchange, key, user, tenant, cancellationToken));
    }

    private async Task<LimitDecision> EnterAsync(Exchange exchange, RateLimits? key, RateLimits? user, RateLimits? tenant, CancellationToken cancellationToken)
    {
        var scopes = new ScopeShare[(key is null ? 0 : 1) + (user is null ? 0 : 1) + (tenant is null ? 0 : 1)];
        var count = 0;
        var startedAt = Now;
        var caller = exchange.Caller;
        Add(new ScopeKey(ScopeKind.Key, default, caller.Key.KeyId), key);
        Add(new ScopeKey(ScopeKind.User, caller.Tenant, exchange.User.Value), user);
        Add(new ScopeKey(ScopeKind.Tenant, caller.Tenant, ""), tenant);

        var tokens = Math.Max(1, exchange.Request.PromptBytes / 4);
        var slots = new SlotShare?[scopes.Length];
        ScopeShare? asked = null;
        while (true)
        {
            var lack = Take(scopes, slots, 0, tokens);
            if (lack is not { } one)
            {
                LimitHeaders.Write(exchange.Http, scopes, _time.GetUtcNow());
                return new LimitDecision(new LimitHold(scopes, slots, tokens), null);
            }

            var left = Patience - (Now - startedAt);
            Task? answer = null;
            lock (one.Scope.Gate)
            {
                one.Scope.Missed(one.Kind, tokens, again: one.Scope == asked);
                if (left > TimeSpan.Zero && one.Scope.IsWorthAsking(one.Kind, tokens, Now))
                {
                    answer = Ask(one.Scope);
                }
            }

            if (answer is null)
            {
                return new LimitDecision(null, Refuse(exchange, scopes, one, tokens));
            }

            asked = one.Scope;
            await WaitAsync(one.Scope, answer, left, cancellationToken);
        }

        void Add(ScopeKey scope, RateLimits? limits)
        {
            if (limits is not null)
            {
                var share = _scopes.GetOrAdd(scope, static key => new ScopeShare(key.ToScope()));
                lock (share.Gate)
                {
                    share.Use(limits, startedAt);
                }

                scopes[count++] = share;
            }
        }
    }

    /// <summary>All or none: whoever holds a scope's gate goes on to the next, always in the same order.</summary>
    private Lack? Take(ScopeShare[] scopes, SlotShare?[] slots, int index, long tokens)
    {
        if (index == scopes.Length)
        {
            return null;
        }

        var scope = scopes[index];
        lock (scope.Gate)
        {
            if (scope.Lacks(tokens, Now) is { } kind)
            {
                return new Lack(scope, kind);
            }

            if (Take(scopes, slots, index + 1, tokens) is { } lack)
            {
                return lack;
            }

            scope.Take(tokens);
            slots[index] = scope.Parallel;
            return null;
        }
    }

    private async Task WaitAsync(ScopeShare scope, Task answer, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await answer.WaitAsync(patience, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            lock (scope.Gate)
            {
                if (scope.Asking == answer)
                {
                    scope.OnPatienceOver(Now);
                }
            }
        }
    }

    private GatewayError Refuse(Exchange exchange, ScopeShare[] scopes, Lack lack, long tokens)
    {
        _instruments.Limited(lack.Kind, lack.Scope.Scope.Kind);
        LimitHeaders.Write(exchange.Http, scopes, _time.GetUtcNow());
        lock (lack.Scope.Gate)
        {
            var whose = lack.Scope.Scope.Kind switch
            {
                ScopeKind.Key => "This key's",
                ScopeKind.User => "This user's",
                _ => "This tenant's",
            };
            var (limit, wait) = lack.Kind switch
            {
                LimitKind.Requests => ($"{lack.Scope.Requests?.Limit} requests per minute", lack.Scope.Requests?.RetryAfter(1, Now)),
                LimitKind.Tokens => ($"{lack.Scope.Tokens?.Limit} tokens per minute", lack.Scope.Tokens?.RetryAfter(tokens, Now)),
                _ => ($"{lack.Scope.Parallel?.Limit} parallel requests", TimeSpan.FromSeconds(1)),
            };
            return GatewayError.TooMany($"{whose} limit of {limit} is reached.", wait ?? TimeSpan.FromSeconds(1));
        }
    }

    private void Report()
    {
        foreach (var (key, scope) in _scopes)
        {
            lock (scope.Gate)
            {
                if (!scope.IsIdle)
                {
                    Ask(scope);
                }
                else if (Now - scope.UsedAt > IdleFor)
                {
                    _scopes.TryRemove(new KeyValuePair<ScopeKey, ScopeShare>(key, scope));
                }
            }
        }
    }

    /// <summary>One at a time for each scope; called under its gate.</summary>
    private Task Ask(ScopeShare scope) => scope.Asking ??= AskAsync(scope, scope.BeginAsk(_gateway, Interlocked.Increment(ref _asks), Now));

    // Never throws: a scope whose grain is silent goes on by itself.
    private async Task AskAsync(ScopeShare scope, LimitAsk ask)
    {
        // Not under the gate of whoever asks.
        await Task.Yield();
        LimitGrant? grant = null;
        try
        {
            grant = await _grains.GetGrain<ILimitGrain>(GrainKeys.Limit(scope.Scope)).AskAsync(ask).WaitAsync(AnswerLimit, _time);
        }
        catch (Exception e)
        {
            LogSilent(e, scope.Scope.Kind);
        }

        lock (scope.Gate)
        {
            scope.Asking = null;
            if (grant is null)
            {
                scope.OnSilence(Now);
            }
            else
            {
                scope.OnGrant(grant, ask.Limits, Now);
            }
        }
    }

    public void Dispose() => _reports.Dispose();

    private readonly record struct Lack(ScopeShare Scope, LimitKind Kind);

    private readonly record struct ScopeKey(ScopeKind Kind, TenantId Tenant, string Id)
    {
        public MeteredScope ToScope() => Kind switch
        {
            ScopeKind.Key => MeteredScope.OfKey(Id),
            ScopeKind.User => MeteredScope.OfUser(Tenant, UserId.Parse(Id)),
            _ => MeteredScope.OfTenant(Tenant),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The limits of a {Kind} could not be asked for: the last share stays in use")]
    private partial void LogSilent(Exception exception, ScopeKind kind);
}
