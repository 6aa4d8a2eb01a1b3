using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Leases;

namespace BeastOrleans.UnitTests.Usage.Protocol;

/// <summary>
/// One gateway in the simulation: the real lease pools, and a spool that keeps what was written to it through a crash.
/// Every method is one step between two of which the process may die.
/// </summary>
internal sealed class ModelGateway(string name, string[] scopes, MoneyBug bug)
{
    private readonly List<SpoolEntry> _spool = [];
    private readonly List<ModelAttempt> _attempts = [];
    private readonly Queue<SpoolEntry> _toShip = new();
    private Dictionary<string, LeasePool> _pools = [];
    private long _epoch;
    private int _leases;
    private int _made;
    private bool _earlierLeasesClosed;

    public string Name => name;

    public long Epoch => _epoch;

    public bool IsUp { get; private set; }

    public IReadOnlyList<ModelAttempt> Attempts => _attempts;

    /// <summary>All that the spool holds is in the ledger, and no attempt is under way.</summary>
    public bool IsIdle => _attempts.Count == 0 && _toShip.Count == 0;

    public bool MayCloseEarlierLeases => IsUp && !_earlierLeasesClosed && _toShip.Count == 0;

    public void Start()
    {
        IsUp = true;
        _epoch++;
        _leases = 0;
        _earlierLeasesClosed = _epoch == 1;
        _pools = scopes.ToDictionary(scope => scope, _ => new LeasePool(() => $"{name}.{_epoch}.{++_leases}"), StringComparer.Ordinal);
        if (bug == MoneyBug.NoRecovery)
        {
            _spool.Clear();
            return;
        }

        foreach (var entry in _spool.Where(entry => !entry.IsAcknowledged))
        {
            // An intent that nobody settled is the row it says.
            entry.Row = entry.Settled ?? entry.Intent;
            _toShip.Enqueue(entry);
        }
    }

    /// <summary>kill -9: what is in memory is gone.</summary>
    public void Crash()
    {
        IsUp = false;
        _attempts.Clear();
        _toShip.Clear();
        _pools = [];
    }

    public LeasePool Pool(string scope) => _pools[scope];

    public void EarlierLeasesClosed() => _earlierLeasesClosed = true;

    /// <summary>Reserves from every scope, all or none. The scope that lacks, or null when the attempt stands.</summary>
    public string? Reserve(Money worst, TimeSpan now)
    {
        var uses = new List<LeaseUse>();
        foreach (var scope in scopes)
        {
            if (!_pools[scope].TryReserve(worst, now, out var lease))
            {
                uses.ForEach(use => _pools[use.Scope].Return(use.LeaseId, use.Reserved));
                return scope;
            }

            uses.Add(new LeaseUse { Scope = scope, LeaseId = lease, Reserved = worst });
        }

        _attempts.Add(new ModelAttempt($"{name}.{_epoch}.{++_made}", [.. uses], worst));
        return null;
    }

    /// <summary>The next step of an attempt: intent, call, settle, answer.</summary>
    /// <param name="costs">What the upstream charges when it is called.</param>
    public void Step(ModelAttempt attempt, Func<Money, Money> costs, Truth truth, TimeSpan now)
    {
        switch (attempt.Phase)
        {
            case 0 when bug == MoneyBug.NoIntent:
                attempt.Phase = 1;
                break;
            case 0:
                attempt.Spooled = new SpoolEntry { Intent = Row(attempt, attempt.Worst, RowKind.Unknown) };
                _spool.Add(attempt.Spooled);
                attempt.Phase = 1;
                break;
            case 1:
                attempt.Cost = costs(attempt.Worst);
                truth.Called(attempt.Id, attempt.Cost);
                attempt.Phase = 2;
                break;
            case 2:
                if (attempt.Spooled is null)
                {
                    attempt.Spooled = new SpoolEntry { Intent = Row(attempt, attempt.Worst, RowKind.Unknown) };
                    _spool.Add(attempt.Spooled);
                }

                attempt.Spooled.Settled = attempt.Spooled.Row = Row(attempt, attempt.Cost, RowKind.Settled);
                foreach (var use in attempt.Uses)
                {
                    _pools[use.Scope].Settle(use.LeaseId, use.Reserved, attempt.Cost, now);
                    if (bug == MoneyBug.EarlyLeaseClose)
                    {
                        _pools[use.Scope].Acknowledged(use.LeaseId);
                    }
                }

                _toShip.Enqueue(attempt.Spooled);
                attempt.Phase = 3;
                break;
            default:
                truth.Answered(attempt.Id);
                _attempts.Remove(attempt);
                break;
        }
    }

    public SpoolEntry[] NextBatch(int most)
    {
        var batch = _toShip.Take(most).ToArray();
        if (bug == MoneyBug.AckBeforeCommit)
        {
            Acknowledge(batch);
        }

        return batch;
    }

    public void Acknowledge(SpoolEntry[] batch)
    {
        foreach (var entry in batch)
        {
            if (_toShip.TryPeek(out var first) && first == entry)
            {
                _toShip.Dequeue();
            }

            if (entry.IsAcknowledged)
            {
                continue;
            }

            entry.IsAcknowledged = true;
            foreach (var use in bug == MoneyBug.EarlyLeaseClose ? [] : entry.Row!.Leases ?? [])
            {
                // A lease of an earlier start is in no pool: it is closed as a whole.
                _pools[use.Scope].Acknowledged(use.LeaseId);
            }
        }
    }

    private static UsageRecord Row(ModelAttempt attempt, Money cost, RowKind kind) => new()
    {
        AttemptId = attempt.Id,
        RequestId = attempt.Id,
        AttemptNumber = 1,
        At = DateTimeOffset.UnixEpoch,
        Tenant = "t",
        User = "u",
        KeyId = "k",
        Endpoint = "e",
        ModelId = "m",
        Model = "m",
        Type = EndpointType.Provider,
        Outcome = kind == RowKind.Settled ? OutcomeClass.Ok : OutcomeClass.Abandoned,
        Reason = FailureReason.None,
        DurationMs = 0,
        Cost = cost,
        PriceVersion = "p",
        Kind = kind,
        Leases = attempt.Uses,
    };
}

internal sealed class SpoolEntry
{
    public required UsageRecord Intent { get; init; }

    public UsageRecord? Settled { get; set; }

    /// <summary>What is shipped.</summary>
    public UsageRecord? Row { get; set; }

    public bool IsAcknowledged { get; set; }
}

internal sealed class ModelAttempt(string id, LeaseUse[] uses, Money worst)
{
    public string Id => id;

    public LeaseUse[] Uses => uses;

    public Money Worst => worst;

    public int Phase { get; set; }

    public Money Cost { get; set; }

    public SpoolEntry? Spooled { get; set; }
}

/// <summary>What really happened, as upstreams and clients saw it.</summary>
internal sealed class Truth
{
    public Dictionary<string, Money> CalledAt { get; } = new(StringComparer.Ordinal);

    public HashSet<string> AnsweredIds { get; } = new(StringComparer.Ordinal);

    public void Called(string attempt, Money cost) => CalledAt[attempt] = cost;

    public void Answered(string attempt) => AnsweredIds.Add(attempt);
}
