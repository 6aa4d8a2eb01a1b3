using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Leases;
using BeastOrleans.Gateway.Directory;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage.Budgets;

/// <summary>One scope's <see cref="LeasePool"/> with its lock, and the questions it has for its budget's grain: one at a time.</summary>
internal sealed partial class ScopeLeases(MeteredScope scope, BudgetLeases owner, IBudgetGrain grain, ControlCalls calls, ILogger logger)
{
    /// <summary>A refusal counts for so long, so that a crowd at an empty budget does not ask one by one.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly LeasePool _pool = new(owner.NewLeaseId);
    private Task<LeaseAnswer?>? _asking;
    private LeaseAnswer _refusal;
    private Money _refused;
    private TimeSpan _refusedUntil;

    public MeteredScope Scope => scope;

    public BudgetView? Budget
    {
        get
        {
            lock (_lock)
            {
                return _pool.Budget;
            }
        }
    }

    public bool TryReserve(Money amount, TimeSpan now, [NotNullWhen(true)] out string? leaseId)
    {
        lock (_lock)
        {
            return _pool.TryReserve(amount, now, out leaseId);
        }
    }

    public void Return(LeaseUse use)
    {
        lock (_lock)
        {
            _pool.Return(use.LeaseId, use.Reserved);
        }
    }

    public void Settle(LeaseUse use, Money cost, TimeSpan now)
    {
        lock (_lock)
        {
            _pool.Settle(use.LeaseId, use.Reserved, cost, now);
        }
    }

    public void Acknowledged(string leaseId)
    {
        lock (_lock)
        {
            _pool.Acknowledged(leaseId);
        }
    }

    public void Recall()
    {
        lock (_lock)
        {
            _pool.Recall();
            _refusedUntil = default;
        }
    }

    /// <summary>More money for an attempt that lacks it: joins a question under way, else asks.</summary>
    /// <returns>The answer to the caller's own question, or null for another's: then look again.</returns>
    public (Task<LeaseAnswer?> Answer, bool IsOwn) TopUp(Money need, TimeSpan now)
    {
        lock (_lock)
        {
            if (_asking is { } theirs)
            {
                return (theirs, false);
            }

            if (now < _refusedUntil && need >= _refused)
            {
                return (Task.FromResult<LeaseAnswer?>(_refusal), true);
            }

            if (_pool.NextAsk(need, now) is not { } ask)
            {
                return (Task.FromResult<LeaseAnswer?>(null), false);
            }

            // A question whose answer was lost is repeated as it was: for less than is needed now it is another's.
            return (Start(ask), ask.Need >= need);
        }
    }

    public void Wait(Money amount)
    {
        lock (_lock)
        {
            _pool.Wait(amount);
        }
    }

    public void StopWaiting(Money amount)
    {
        lock (_lock)
        {
            _pool.StopWaiting(amount);
        }
    }

    /// <summary>What is due: asking ahead, giving back. True when nothing is left to look after.</summary>
    public bool Tend(TimeSpan now)
    {
        lock (_lock)
        {
            if (_asking is null && _pool.NextAsk(Money.Zero, now) is { } ask)
            {
                Start(ask);
            }

            while (_pool.NextToClose(now) is { } leaseId)
            {
                _ = CloseAsync(leaseId);
            }

            return _pool.IsEmpty;
        }
    }

    /// <summary>Gives everything back that may go: at a stop.</summary>
    public async Task CloseAllAsync(TimeSpan now)
    {
        Recall();
        while (true)
        {
            string? leaseId;
            lock (_lock)
            {
                leaseId = _pool.NextToClose(now);
            }

            if (leaseId is null || !await CloseAsync(leaseId))
            {
                return;
            }
        }
    }

    // Under the lock, which the answer takes too: it cannot have come before the question is noted.
    private Task<LeaseAnswer?> Start(LeaseAsk ask) => _asking = AskAsync(ask);

    private async Task<LeaseAnswer?> AskAsync(LeaseAsk ask)
    {
        // Not under the lock of whoever asks.
        await Task.Yield();
        LeaseGrant? grant = null;
        try
        {
            var request = new LeaseRequest
            {
                LeaseId = ask.LeaseId,
                Gateway = owner.Identity.Gateway,
                Epoch = owner.Identity.Epoch,
                Need = ask.Need,
                Want = ask.Want,
                IsRepeat = ask.IsRepeat,
            };
            grant = await calls.AskAsync(static state => state.grain.LeaseAsync(state.request), (grain, request), CancellationToken.None);
        }
        catch (Exception e)
        {
            LogAskFailed(e, scope.Kind);
        }

        lock (_lock)
        {
            _asking = null;
            if (grant is null)
            {
                _pool.AnswerLost();
                return null;
            }

            _pool.Answered(grant);
            if (grant.Answer is LeaseAnswer.Exceeded or LeaseAnswer.InFlight)
            {
                (_refusal, _refused, _refusedUntil) = (grant.Answer, ask.Need, owner.Now + RefusalHolds);
            }

            return grant.Answer;
        }
    }

    private async Task<bool> CloseAsync(string leaseId)
    {
        try
        {
            await Task.Yield();
            await calls.AskAsync(
                static async state =>
                {
                    await state.grain.CloseAsync(state.leaseId);
                    return true;
                },
                (grain, leaseId),
                CancellationToken.None);
        }
        catch (Exception e)
        {
            LogCloseFailed(e, leaseId);
            lock (_lock)
            {
                _pool.CloseLost(leaseId);
            }

            return false;
        }

        lock (_lock)
        {
            _pool.Closed(leaseId);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Kind}'s budget could not be asked for a lease; the same question is asked again")]
    private partial void LogAskFailed(Exception exception, ScopeKind kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {LeaseId} could not be given back; it is tried again")]
    private partial void LogCloseFailed(Exception exception, string leaseId);
}
