using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Directory;

/// <summary>
/// Plans by what they depend on. One up to <see cref="FreshFor"/> old is used without a call; when the selector does
/// not answer within <see cref="Patience"/>, one up to <see cref="UsableFor"/> old is used and marked degraded, so a
/// dead or frozen silo costs no request of a user seen lately. Plans hold endpoint ids and prices, never secrets.
/// </summary>
internal sealed partial class PlanCache(
    IGrainFactory grains, ConfigurationVersions versions, ControlCalls calls, TimeProvider time, ILogger<PlanCache> logger) : IChangeListener
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan UsableFor = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>A full cache is emptied: the next request of each user asks its selector again.</summary>
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<PlanKey, Entry> _entries = new();

    private readonly ConcurrentDictionary<PlanKey, Question> _questions = new();

    /// <summary>Counts changes heard of: a plan asked for before one came is used, but not kept.</summary>
    private long _changes;

    public ValueTask<CachedPlan> GetAsync(KeyIdentity key, UserId user, PlanFacts facts, CancellationToken cancellationToken)
    {
        var planKey = new PlanKey(key.KeyId, user.Value, facts);
        _entries.TryGetValue(planKey, out var entry);
        return entry is not null && time.GetElapsedTime(entry.ReadAt) <= FreshFor
            ? new(new CachedPlan(entry.Plan, Degraded: false))
            : new(AskAsync(planKey, key, user, facts, entry, cancellationToken));
    }

    private async Task<CachedPlan> AskAsync(
        PlanKey planKey, KeyIdentity key, UserId user, PlanFacts facts, Entry? old, CancellationToken cancellationToken)
    {
        var usable = old is not null && time.GetElapsedTime(old.ReadAt) <= UsableFor;
        var question = Join(planKey, key, user, facts);
        try
        {
            return usable
                ? new CachedPlan(await question.Plan.WaitAsync(PatienceLeft(question), time, cancellationToken), Degraded: false)
                : new CachedPlan(await question.Plan.WaitAsync(cancellationToken), Degraded: false);
        }
        catch (Exception e) when (usable && !cancellationToken.IsCancellationRequested)
        {
            // The question goes on by itself and its answer is kept when it comes.
            LogDegraded(e, key.Tenant);
            return new CachedPlan(old!.Plan, Degraded: true);
        }
    }

    /// <summary>
    /// One question at a time for each plan: requests that come while a selector is silent join the one under way instead of
    /// queueing more there. One begun before a change was heard of is not joined: a caller must see its own write.
    /// </summary>
    private Question Join(PlanKey planKey, KeyIdentity key, UserId user, PlanFacts facts)
    {
        var changes = Interlocked.Read(ref _changes);
        if (_questions.TryGetValue(planKey, out var known) && known.Changes == changes && !known.Plan.IsCompleted)
        {
            return known;
        }

        var question = new Question(ReadAsync(planKey, key, user, facts), changes, time.GetTimestamp());
        if (!question.Plan.IsCompleted)
        {
            _questions[planKey] = question;
            _ = ForgetWhenAnsweredAsync(planKey, question);
        }

        return question;
    }

    // Never throws: whoever waits hears of a failure by itself.
    private async Task ForgetWhenAnsweredAsync(PlanKey planKey, Question question)
    {
        await ((Task)question.Plan).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _questions.TryRemove(new KeyValuePair<PlanKey, Question>(planKey, question));
    }

    // The patience is the selector's, not each request's: what was silent for so long is not waited for again.
    private TimeSpan PatienceLeft(Question question)
    {
        var left = Patience - time.GetElapsedTime(question.AskedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<RoutePlan> ReadAsync(PlanKey planKey, KeyIdentity key, UserId user, PlanFacts facts)
    {
        var changes = Interlocked.Read(ref _changes);
        var selector = grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(key.Tenant, user));
        var request = new PlanRequest
        {
            Model = facts.Model,
            Request = facts.ToPolicy(),
            Key = key.Policy,
            AllowedModels = key.AllowedModels,
            Needs = facts.Needs,
            PromptTokens = facts.PromptTokens,
            MaxOutputTokens = facts.MaxOutputTokens,
            MinTenantVersion = versions.OfTenant(key.Tenant),
            MinPlatformVersion = versions.Platform,
        };
        var plan = await calls.AskAsync(
            static ask => ask.Selector.PlanAsync(ask.Request), (Selector: selector, Request: request), CancellationToken.None);
        if (Interlocked.Read(ref _changes) == changes)
        {
            if (_entries.Count >= Capacity)
            {
                _entries.Clear();
            }

            _entries[planKey] = new Entry(plan, key.Tenant, user, time.GetTimestamp());
        }

        return plan;
    }

    /// <summary>Drops the plans that a configuration write through this process has outdated.</summary>
    public void Forget(Func<TenantId, UserId, bool> outdated)
    {
        Interlocked.Increment(ref _changes);
        foreach (var (key, entry) in _entries)
        {
            if (outdated(entry.Tenant, entry.User))
            {
                _entries.TryRemove(key, out _);
            }
        }
    }

    // A key's policy and allow-list are part of its plans.
    private void ForgetKey(string keyId)
    {
        Interlocked.Increment(ref _changes);
        foreach (var (key, _) in _entries)
        {
            if (key.KeyId == keyId)
            {
                _entries.TryRemove(key, out _);
            }
        }
    }

    public void OnChange(Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Tenant:
                Forget((tenant, _) => tenant.Value == change.Subject);
                break;
            case ChangeKind.User when GrainKeys.TryParseSelector(change.Subject, out var tenant, out var user):
                Forget((t, u) => t == tenant && u == user);
                break;
            case ChangeKind.Platform:
                Forget((_, _) => true);
                break;
            case ChangeKind.Key:
                ForgetKey(VirtualKeySecret.KeyIdOf(change.Subject));
                break;
            default:
                break;
        }
    }

    /// <summary>Plans stay usable as degraded ones: news may be lost because the silos are away.</summary>
    public void OnResync()
    {
        Interlocked.Increment(ref _changes);
        var stale = time.GetTimestamp() - (long)(FreshFor.TotalSeconds * time.TimestampFrequency) - 1;
        foreach (var (key, entry) in _entries)
        {
            if (entry.ReadAt > stale)
            {
                _entries.TryUpdate(key, entry with { ReadAt = stale }, entry);
            }
        }
    }

    private sealed record Question(Task<RoutePlan> Plan, long Changes, long AskedAt);

    private sealed record Entry(RoutePlan Plan, TenantId Tenant, UserId User, long ReadAt);

    private readonly record struct PlanKey(string KeyId, string User, PlanFacts Facts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The selector did not answer in time; a plan of up to five minutes ago serves tenant {Tenant}")]
    private partial void LogDegraded(Exception exception, TenantId tenant);
}

/// <param name="Plan">Endpoint ids, prices and reasons.</param>
/// <param name="Degraded">It is older than a second because the selector did not answer.</param>
internal readonly record struct CachedPlan(RoutePlan Plan, bool Degraded);

/// <summary>What a plan depends on beside the key and the user. Prompt sizes are rounded so that plans are shared.</summary>
internal readonly record struct PlanFacts(
    string? Model, Preference? Prefer, bool? NoFallback, Capabilities Needs, int PromptTokens)
{
    /// <summary>The longest answer asked for, rounded like the prompt; 0 = unknown or short.</summary>
    public int MaxOutputTokens { get; init; }

    /// <summary>A power of two at or below the estimate: a candidate is left out only when the prompt surely does not fit.</summary>
    public static int RoundTokens(int estimate) => estimate < 1024 ? 0 : 1 << System.Numerics.BitOperations.Log2((uint)estimate);

    public RoutePolicy ToPolicy() => Prefer is null && NoFallback is null
        ? RoutePolicy.Empty
        : new RoutePolicy { Prefer = Prefer, NoFallback = NoFallback };
}
