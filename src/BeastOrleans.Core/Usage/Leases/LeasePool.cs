using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage.Leases;

/// <summary>
/// One gateway's leases of one scope's budget: what may be spent here without asking anybody. Deterministic: the clock is
/// given, nothing is called, and what is to be told to the cluster is handed out by <see cref="NextAsk"/> and
/// <see cref="NextToClose"/>. Not safe for several threads at once: its owner takes a lock of that scope.
/// </summary>
/// <remarks>
/// <code>
///            granted                 reserve                settle              acknowledged, and idle or fenced
///  (asked) ───────────> free ─────────────────> reserved ───────────> spent ──────────────────────────────────> closed
///                        ^                         │  the rest
///                        └─────────────────────────┘
/// </code>
/// A lease is closed only when every attempt that used it is in the ledger: the cluster then takes back amount - used, and
/// nothing can arrive that it would have to pay for twice. The idea of two-phase transfers with a pending amount is
/// TigerBeetle's (pending, post, void); the slices are those of escrow transactions (O'Neil, 1986).
/// </remarks>
public sealed class LeasePool(Func<string> newLeaseId)
{
    // Far beyond any budget, far below an overflow of the sums made here.
    private const long MostNano = long.MaxValue / 64;

    private readonly List<Lease> _leases = [];
    private LeaseAsk? _asking;
    private bool _isUnderWay;
    private TimeSpan _askedAt;

    // In 128 bits: as many may wait as there are clients, each for as much as a request can be worth.
    private Int128 _waiting;
    private double _spentRecently;
    private TimeSpan _spentAt;
    private Money _lastWant;
    private Money _lastNeed;

    /// <summary>The budget as the cluster last told of it; null before the first answer.</summary>
    public BudgetView? Budget { get; private set; }

    /// <summary>Free and usable now.</summary>
    public Money FreeAt(TimeSpan now)
    {
        var sum = Money.Zero;
        foreach (var lease in _leases)
        {
            sum += lease.IsUsable(now) ? lease.Free : Money.Zero;
        }

        return sum;
    }

    /// <summary>Held for attempts under way.</summary>
    public Money Reserved
    {
        get
        {
            var sum = Money.Zero;
            foreach (var lease in _leases)
            {
                sum += lease.Reserved;
            }

            return sum;
        }
    }

    /// <summary>Nothing is out, asked for or to be told.</summary>
    public bool IsEmpty => _leases.Count == 0 && _asking is null;

    /// <summary>Holds an attempt's worst cost. The oldest lease first, so that the younger ones are whole when it goes back.</summary>
    public bool TryReserve(Money amount, TimeSpan now, [NotNullWhen(true)] out string? leaseId)
    {
        foreach (var lease in _leases)
        {
            if (lease.IsUsable(now) && lease.Free >= amount)
            {
                lease.Free -= amount;
                lease.Reserved += amount;
                lease.Unacknowledged++;
                lease.UsedAt = now;
                leaseId = lease.Id;
                return true;
            }
        }

        leaseId = null;
        return false;
    }

    /// <summary>The attempt is not made and nothing of it was written.</summary>
    public void Return(string leaseId, Money amount)
    {
        if (Find(leaseId) is { } lease)
        {
            lease.Reserved -= amount;
            lease.Free += amount;
            lease.Unacknowledged--;
        }
    }

    /// <summary>The attempt's row is in the spool. What it cost beyond its reservation is no lease's: it is posted as it is.</summary>
    public void Settle(string leaseId, Money reserved, Money cost, TimeSpan now)
    {
        Spent(cost, now);
        if (Find(leaseId) is { } lease)
        {
            lease.Reserved -= reserved;
            lease.Free += cost < reserved ? reserved - cost : Money.Zero;
            lease.UsedAt = now;
        }
    }

    /// <summary>The ledger has the row.</summary>
    public void Acknowledged(string leaseId)
    {
        if (Find(leaseId) is { } lease)
        {
            lease.Unacknowledged--;
        }
    }

    /// <summary>An attempt waits for so much; <see cref="StopWaiting"/> takes it off again.</summary>
    public void Wait(Money amount) => _waiting += amount.Nano;

    public void StopWaiting(Money amount) => _waiting -= amount.Nano;

    /// <summary>
    /// The question to ask now, if any; it is under way from here on, one at a time. One whose answer was lost comes first,
    /// as it was: the cluster may have lent already.
    /// </summary>
    /// <param name="need">What an attempt lacks; zero = only look whether it is time for more.</param>
    public LeaseAsk? NextAsk(Money need, TimeSpan now)
    {
        if (_isUnderWay)
        {
            return null;
        }

        if (_asking is null)
        {
            if (need <= Money.Zero)
            {
                if (!IsRunningLow(now))
                {
                    return null;
                }

                need = _lastNeed;
            }

            _asking = new LeaseAsk(newLeaseId(), need, WantAt(need, now));
        }

        _isUnderWay = true;
        _askedAt = now;
        return _asking;
    }

    /// <summary>The answer to the question under way.</summary>
    public void Answered(LeaseGrant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);
        if (_asking is not { } ask)
        {
            return;
        }

        Budget = grant.Budget ?? Budget;
        if (grant.Answer == LeaseAnswer.Granted)
        {
            // Only what was granted is asked for again ahead: a request that no budget of this size can pay would be refused for ever.
            (_lastNeed, _lastWant) = (ask.Need, ask.Want);
            _leases.Add(new Lease
            {
                Id = ask.LeaseId,
                Free = grant.Amount,
                UsableUntil = _askedAt + grant.ValidFor - LeaseRules.FenceOf(grant.ValidFor),
                RenewAt = LeaseRules.RenewAt(_askedAt, grant.ValidFor),
                UsedAt = _askedAt,
                IsScarce = grant.Amount < ask.Want,
            });
        }

        _asking = null;
        _isUnderWay = false;
    }

    /// <summary>No answer came: whether it was granted is unknown, so the same question is asked again.</summary>
    public void AnswerLost()
    {
        _isUnderWay = false;
        _asking = _asking is null ? null : _asking with { IsRepeat = true };
    }

    /// <summary>Nothing of what is here may be spent any more: the budget was changed.</summary>
    public void Recall()
    {
        foreach (var lease in _leases)
        {
            lease.IsRecalled = true;
        }
    }

    /// <summary>A lease to give back now, if any: nothing of it can be used from here on. Asked again until it is null.</summary>
    public string? NextToClose(TimeSpan now)
    {
        foreach (var lease in _leases)
        {
            if (lease.MayGoBack(now))
            {
                lease.IsClosing = true;
                return lease.Id;
            }
        }

        return null;
    }

    /// <summary>The cluster has taken it back.</summary>
    public void Closed(string leaseId) => _leases.RemoveAll(lease => lease.Id == leaseId);

    /// <summary>No answer: it is told again later (it stays unusable, since it may be back already).</summary>
    public void CloseLost(string leaseId)
    {
        if (Find(leaseId) is { } lease)
        {
            lease.IsRecalled = true;
            lease.IsClosing = false;
        }
    }

    private Lease? Find(string leaseId)
    {
        foreach (var lease in _leases)
        {
            if (lease.Id == leaseId)
            {
                return lease;
            }
        }

        return null;
    }

    // Where the budget is scarce nobody asks ahead: what is left is for whoever has a request at hand. Measured by the rate of now:
    // a lease that was asked for while the traffic was still rising covers too little of an outage.
    private bool IsRunningLow(TimeSpan now)
    {
        Lease? newest = null;
        foreach (var lease in _leases)
        {
            newest = lease.IsUsable(now) ? lease : newest;
        }

        return newest is { IsScarce: false } && (now >= newest.RenewAt || Largest(_lastWant, WantAt(_lastNeed, now)).Nano > (Int128)FreeAt(now).Nano * 2);
    }

    private Money WantAt(Money need, TimeSpan now)
    {
        var attempts = (Int128)need.Nano * LeaseRules.MinAttempts;
        var cover = (Int128)Math.Min(MostNano, RateAt(now) * LeaseRules.Cover.TotalSeconds);
        var held = Reserved.Nano + _waiting;
        var want = Int128.Min(MostNano, Int128.Max(attempts, cover + held + held));
        return Largest(need, Money.FromNano((long)want));
    }

    private static Money Largest(Money a, Money b) => a > b ? a : b;

    /// <summary>Nano-dollars a second, over about the last ten.</summary>
    private double RateAt(TimeSpan now) => _spentRecently * Decay(now) / LeaseRules.RateMemory.TotalSeconds;

    private void Spent(Money cost, TimeSpan now)
    {
        _spentRecently = (_spentRecently * Decay(now)) + cost.Nano;
        _spentAt = now;
    }

    private double Decay(TimeSpan now) => Math.Exp(-Math.Max(0, (now - _spentAt).TotalSeconds) / LeaseRules.RateMemory.TotalSeconds);
}
