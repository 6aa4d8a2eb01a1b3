using System.Collections.Concurrent;
using System.Globalization;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Gateway.Usage.Spool;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage.Budgets;

/// <summary>
/// The slices of hard budgets that this gateway may spend without asking. An attempt reserves its worst cost from every
/// budget that applies, all or none; only when a slice is used up does it wait for another.
/// </summary>
internal sealed partial class BudgetLeases : BackgroundService, IChangeListener, IUsageAcknowledged
{
    /// <summary>How long an attempt waits for one answer of a budget's grain.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>How long it waits in all, where others keep taking what was granted.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TendEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>A stop gives back what it can within this; the rest comes back at the next start, or is a gap.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ScopeLeases> _scopes = new(StringComparer.Ordinal);
    private readonly IGrainFactory _grains;
    private readonly ControlCalls _calls;
    private readonly TimeProvider _time;
    private readonly ILogger<BudgetLeases> _logger;
    private readonly long _startedAt;
    private long _leases;

    public BudgetLeases(UsageSpool spool, IGrainFactory grains, ControlCalls calls, TimeProvider time, ILogger<BudgetLeases> logger)
    {
        _grains = grains;
        _calls = calls;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();
        Identity = spool.Identity;
    }

    public SpoolIdentity Identity { get; }

    /// <summary>Monotonic: since this process began.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_startedAt);

    public string NewLeaseId() => string.Create(
        CultureInfo.InvariantCulture, $"{Identity.Gateway}.{Identity.Epoch}.{Interlocked.Increment(ref _leases)}");

    /// <summary>Holds the worst cost of an attempt at <paramref name="candidate"/>; the exchange then carries the reservation.</summary>
    /// <returns>Null when it stands, or when no hard budget applies; else why it does not.</returns>
    public ValueTask<BudgetRefusal?> ReserveAsync(Exchange exchange, PlanCandidate candidate, CancellationToken client)
    {
        var key = exchange.Caller.Key.Metering.Budget == BudgetKind.Hard;
        var user = exchange.Plan!.UserMetering is { Budget: BudgetKind.Hard };
        var tenant = exchange.Plan.TenantMetering is { Budget: BudgetKind.Hard };
        return (key || user || tenant) && candidate.Price is not null
            ? ReserveAsync(exchange, ScopesOf(exchange, key, user, tenant), UsageRecorder.WorstOf(exchange, candidate), client)
            : default;
    }

    /// <summary>The attempt is not made: what the exchange carries goes back.</summary>
    public void GiveBack(Exchange exchange)
    {
        foreach (var use in exchange.TakeReservation()?.Uses ?? [])
        {
            Find(use)?.Return(use);
        }
    }

    /// <summary>The attempt's end is in the spool: what it did not cost is free again.</summary>
    public void Settled(UsageRecord row)
    {
        foreach (var use in row.Leases ?? [])
        {
            Find(use)?.Settle(use, row.Cost, Now);
        }
    }

    public void OnAcknowledged(IReadOnlyList<UsageRecord> records)
    {
        foreach (var record in records)
        {
            foreach (var use in record.Leases ?? [])
            {
                // A lease of an earlier start is in no pool: it is closed as a whole.
                Find(use)?.Acknowledged(use.LeaseId);
            }
        }
    }

    public void OnChange(Change change)
    {
        if (change.Kind == ChangeKind.Budget && _scopes.TryGetValue(change.Subject, out var leases))
        {
            leases.Recall();
        }
    }

    public void OnResync()
    {
        // A recall may have been lost; leases end by themselves, but a lowered limit should not wait for that.
        foreach (var leases in _scopes.Values)
        {
            leases.Recall();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The shipper has stopped by now, so what is acknowledged is all that will be.
        await base.StopAsync(cancellationToken);
        var closing = Task.WhenAll(_scopes.Values.Select(leases => leases.CloseAllAsync(Now)));
        await Task.WhenAny(closing, Task.Delay(CloseLimit, _time, CancellationToken.None));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TendEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var leases in _scopes.Values)
                {
                    Tend(leases);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is given back by the stop.
        }
    }

    // One scope's defect is not another's, and none is worth the process.
    private void Tend(ScopeLeases leases)
    {
        try
        {
            leases.Tend(Now);
        }
        catch (Exception e)
        {
            LogTendFailed(e, leases.Scope.Kind);
        }
    }

    private async ValueTask<BudgetRefusal?> ReserveAsync(Exchange exchange, ScopeLeases[] scopes, WorstCost worst, CancellationToken client)
    {
        var giveUpAt = Now + WaitLimit;
        while (true)
        {
            var lacking = TryReserve(exchange, scopes, worst);
            if (lacking is null)
            {
                return null;
            }

            var (answer, isOwn) = lacking.TopUp(worst.Cost, Now);
            var told = await WaitAsync(lacking, worst.Cost, answer, client);
            if (told is LeaseAnswer.NoBudget)
            {
                // Removed a moment ago: the plan that names it is about to be replaced.
                scopes = [.. scopes.Where(one => one != lacking)];
            }
            else if (told is not LeaseAnswer.Granted && (isOwn || told is null || Now >= giveUpAt))
            {
                return new BudgetRefusal(lacking.Scope.Text, worst.Cost, told, lacking.Budget);
            }
            else if (Now >= giveUpAt)
            {
                return new BudgetRefusal(lacking.Scope.Text, worst.Cost, LeaseAnswer.InFlight, lacking.Budget);
            }
        }
    }

    private async ValueTask<LeaseAnswer?> WaitAsync(ScopeLeases scope, Money amount, Task<LeaseAnswer?> answer, CancellationToken client)
    {
        scope.Wait(amount);
        try
        {
            return await answer.WaitAsync(AnswerLimit, _time, client);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            scope.StopWaiting(amount);
        }
    }

    /// <returns>The first scope that lacks money, with nothing held; null when all hold.</returns>
    private ScopeLeases? TryReserve(Exchange exchange, ScopeLeases[] scopes, WorstCost worst)
    {
        var now = Now;
        var uses = new LeaseUse[scopes.Length];
        for (var i = 0; i < scopes.Length; i++)
        {
            if (!scopes[i].TryReserve(worst.Cost, now, out var leaseId))
            {
                var lacking = scopes[i];
                while (--i >= 0)
                {
                    scopes[i].Return(uses[i]);
                }

                return lacking;
            }

            uses[i] = new LeaseUse { Scope = scopes[i].Scope.Text, LeaseId = leaseId, Reserved = worst.Cost };
        }

        exchange.Reservation = new Reservation(uses, worst);
        return null;
    }

    private ScopeLeases[] ScopesOf(Exchange exchange, bool key, bool user, bool tenant)
    {
        var caller = exchange.Caller;
        var scopes = new ScopeLeases[(key ? 1 : 0) + (user ? 1 : 0) + (tenant ? 1 : 0)];
        var count = 0;
        if (key)
        {
            scopes[count++] = Of(MeteredScope.OfKey(caller.Key.KeyId));
        }

        if (user)
        {
            scopes[count++] = Of(MeteredScope.OfUser(caller.Tenant, exchange.User));
        }

        if (tenant)
        {
            scopes[count] = Of(MeteredScope.OfTenant(caller.Tenant));
        }

        return scopes;
    }

    private ScopeLeases Of(MeteredScope scope) => _scopes.TryGetValue(scope.Text, out var leases)
        ? leases
        : _scopes.GetOrAdd(scope.Text, _ => new ScopeLeases(scope, this, _grains.GetGrain<IBudgetGrain>(GrainKeys.Budget(scope)), _calls, _logger));

    private ScopeLeases? Find(LeaseUse use) => _scopes.GetValueOrDefault(use.Scope);

    [LoggerMessage(Level = LogLevel.Error, Message = "A {Kind}'s leases could not be looked after; it is tried again")]
    private partial void LogTendFailed(Exception exception, ScopeKind kind);
}
