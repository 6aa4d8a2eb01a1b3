using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Changes;
using BeastOrleans.Grains.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// One scope's budget. It keeps no state and may run twice: every answer is a transaction of the store. Reentrant, so that a
/// slow disk holds up no call behind another.
/// </summary>
[GrainType("budget"), Reentrant]
internal sealed partial class BudgetGrain : Grain, IBudgetGrain
{
    /// <summary>Characters of a lease's or a gateway's id.</summary>
    internal const int MaxIdLength = 128;

    private static readonly TimeSpan GapCheck = TimeSpan.FromMinutes(1);

    private readonly IBudgetStore _store;
    private readonly ChangePublisher _publisher;
    private readonly TimeProvider _time;
    private readonly ILogger<BudgetGrain> _logger;
    private readonly GrainInstruments _instruments;
    private readonly MeteredScope _scope;

    // Each gap is told once per activation; a view shows them in bounded number.
    private readonly HashSet<string> _toldGaps = new(StringComparer.Ordinal);

    public BudgetGrain(IBudgetStore store, ChangePublisher publisher, TimeProvider time, GrainInstruments instruments, ILogger<BudgetGrain> logger)
    {
        if (!GrainKeys.TryParseBudget(this.GetPrimaryKeyString(), out _scope))
        {
            throw new ArgumentException("Not a budget's key.");
        }

        _store = store;
        _publisher = publisher;
        _time = time;
        _logger = logger;
        _instruments = instruments;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(_ => GetAsync(), new GrainTimerCreationOptions(GapCheck, GapCheck));
        return Task.CompletedTask;
    }

    public async Task<ConfigResult<BudgetView>> PutAsync(BudgetDefinition definition)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(definition.Limit.Nano, 0, nameof(definition));
        if (definition.Kind is not (BudgetKind.Soft or BudgetKind.Hard) || !Enum.IsDefined(definition.Period))
        {
            throw new ArgumentException("A budget is soft or hard and has a known period.", nameof(definition));
        }

        var (view, changed) = await _store.PutAsync(_scope, definition, _time.GetUtcNow());
        if (changed)
        {
            await TellAsync();
        }

        return ConfigResult.Ok(Checked(view), version: 0);
    }

    public async Task<BudgetView?> GetAsync() => await _store.FindAsync(_scope, _time.GetUtcNow()) is { } view ? Checked(view) : null;

    public async Task<bool> RemoveAsync()
    {
        var removed = await _store.RemoveAsync(_scope);
        if (removed)
        {
            await TellAsync();
        }

        return removed;
    }

    public async Task<LeaseGrant> LeaseAsync(LeaseRequest request)
    {
        CheckId(request.LeaseId);
        CheckId(request.Gateway);
        var grant = await _store.LeaseAsync(_scope, request, _time.GetUtcNow());
        if (grant.Budget is { } view)
        {
            Checked(view);
        }

        return grant;
    }

    public Task CloseAsync(string leaseId) => _store.CloseAsync(_scope, leaseId);

    public async Task<ConfigResult<BudgetView>> SettleGapAsync(string leaseId, bool post)
    {
        var (outcome, view) = await _store.SettleGapAsync(_scope, leaseId, post, _time.GetUtcNow());
        return outcome switch
        {
            GapOutcome.Settled => ConfigResult.Ok(view!, version: 0),
            GapOutcome.NotFound => ConfigResult.Fail<BudgetView>(ConfigError.NotFound, $"The budget '{_scope}' has no lease '{leaseId}'."),
            GapOutcome.NotYet => ConfigResult.Fail<BudgetView>(
                ConfigError.Conflict, "Its gateway may yet come back: a lease is a gap ten minutes after its end."),
            _ => ConfigResult.Fail<BudgetView>(
                ConfigError.Conflict, "It has been settled: its gateway came back, or somebody decided the other way."),
        };
    }

    private Task TellAsync() => _publisher.PublishAsync(new Change { Kind = ChangeKind.Budget, Subject = _scope.Text });

    private BudgetView Checked(BudgetView view)
    {
        foreach (var gap in view.Gaps)
        {
            if (_toldGaps.Add(gap.LeaseId))
            {
                _instruments.OnGap(_scope.Kind, gap.Held);
                LogGap(_scope.Kind, gap.LeaseId, gap.Held, gap.ExpiredAt);
            }
        }

        return view;
    }

    private static void CheckId(string id)
    {
        if (string.IsNullOrEmpty(id) || id.Length > MaxIdLength)
        {
            throw new ArgumentException($"An id has 1 to {MaxIdLength} characters.", nameof(id));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A gateway never came back: its lease {LeaseId} on a {Kind}'s budget, ended {ExpiredAt}, holds {Held} until somebody posts or voids it (POST /admin/v1/budgets/<scope>/gaps/{LeaseId}).")]
    private partial void LogGap(ScopeKind kind, string leaseId, Contracts.Usage.Money held, DateTimeOffset expiredAt);
}
