using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.UnitTests.Usage.Protocol;

/// <summary>
/// The whole protocol of ledger and budgets under a random schedule: two gateways with real lease pools, two budgets that
/// every attempt draws on, a database whose transactions are atomic, and between any two steps a crash, a message that is
/// lost before it arrived, one whose answer is lost, or one that is repeated.
/// </summary>
internal sealed class MoneySimulation
{
    private static readonly string[] Scopes = ["key:k", "tenant:t"];

    private readonly Random _random;
    private readonly LedgerModel _ledger;
    private readonly ModelGateway[] _gateways;
    private readonly Truth _truth = new();
    private readonly Queue<(string Scope, LeaseRequest Request)> _late = new();
    private TimeSpan _now = TimeSpan.FromMinutes(1);

    private MoneySimulation(int seed, MoneyBug bug)
    {
        // A schedule is its seed: a failure is repeated by it.
        _random = new Random(seed);
        var limits = Scopes.ToDictionary(scope => scope, _ => Money.FromNano(_random.Next(50, 2_000)), StringComparer.Ordinal);
        _ledger = new LedgerModel(limits, bug);
        _gateways = [new ModelGateway("a", Scopes, bug), new ModelGateway("b", Scopes, bug)];
    }

    /// <returns>Null, or the law that was broken.</returns>
    public static string? Run(int seed, MoneyBug bug)
    {
        var simulation = new MoneySimulation(seed, bug);
        return simulation.Run();
    }

    private string? Run()
    {
        var steps = _random.Next(30, 250);
        for (var step = 0; step < steps; step++)
        {
            var gateway = _gateways[_random.Next(_gateways.Length)];
            if (!gateway.IsUp)
            {
                gateway.Start();
            }

            Act(gateway, _random.Next(100));
            if (_ledger.BrokenLaw() is { } broken)
            {
                return $"step {step}: {broken}";
            }
        }

        return Drain() ?? LawsAtTheEnd();
    }

    private void Act(ModelGateway gateway, int dice)
    {
        switch (dice)
        {
            case < 20:
                Begin(gateway);
                break;
            case < 60 when gateway.Attempts.Count > 0:
                gateway.Step(gateway.Attempts[_random.Next(gateway.Attempts.Count)], CostOf, _truth, _now);
                break;
            case < 75:
                Ship(gateway, lossy: true);
                break;
            case < 83:
                Close(gateway, lossy: true);
                break;
            case < 88:
                Ask(gateway, Scopes[_random.Next(Scopes.Length)], Money.Zero, lossy: true);
                break;
            case < 92:
                _now += TimeSpan.FromSeconds(_random.Next(1, 120));
                break;
            case < 94 when _late.TryDequeue(out var repeated):
                // A question that the network delivers twice: its second answer reaches nobody.
                _ledger.Lease(repeated.Scope, repeated.Request);
                break;
            case < 97:
                CloseEarlier(gateway, lossy: true);
                break;
            default:
                gateway.Crash();
                break;
        }
    }

    private void Begin(ModelGateway gateway)
    {
        var worst = Money.FromNano(_random.Next(1, 60));
        if (gateway.Reserve(worst, _now) is { } lacking)
        {
            Ask(gateway, lacking, worst, lossy: true);
        }
    }

    private void Ask(ModelGateway gateway, string scope, Money need, bool lossy)
    {
        var pool = gateway.Pool(scope);
        if (pool.NextAsk(need, _now) is not { } ask)
        {
            return;
        }

        var request = new LeaseRequest { LeaseId = ask.LeaseId, Gateway = gateway.Name, Epoch = gateway.Epoch, Need = ask.Need, Want = ask.Want, IsRepeat = ask.IsRepeat };
        if (lossy && _random.Next(8) == 0)
        {
            pool.AnswerLost();
            return;
        }

        var grant = _ledger.Lease(scope, request);
        if (lossy && _random.Next(8) == 0)
        {
            _late.Enqueue((scope, request));
            pool.AnswerLost();
            return;
        }

        pool.Answered(grant);
    }

    private void Ship(ModelGateway gateway, bool lossy)
    {
        var batch = gateway.NextBatch(_random.Next(1, 6));
        if (lossy && _random.Next(6) == 0)
        {
            return;
        }

        _ledger.Append(batch.Select(entry => entry.Row!));
        if (lossy && _random.Next(6) == 0)
        {
            return;
        }

        gateway.Acknowledge(batch);
    }

    private void Close(ModelGateway gateway, bool lossy)
    {
        foreach (var scope in Scopes)
        {
            var pool = gateway.Pool(scope);
            while (pool.NextToClose(_now) is { } lease)
            {
                if (lossy && _random.Next(6) == 0)
                {
                    pool.CloseLost(lease);
                    return;
                }

                _ledger.Close(lease);
                if (lossy && _random.Next(6) == 0)
                {
                    pool.CloseLost(lease);
                    return;
                }

                pool.Closed(lease);
            }
        }
    }

    private void CloseEarlier(ModelGateway gateway, bool lossy)
    {
        if (!gateway.MayCloseEarlierLeases)
        {
            return;
        }

        _ledger.CloseEarlier(gateway.Name, gateway.Epoch);
        if (!lossy || _random.Next(4) != 0)
        {
            gateway.EarlierLeasesClosed();
        }
    }

    // Everything heals: nothing is lost any more, attempts end, all is shipped and given back.
    private string? Drain()
    {
        foreach (var gateway in _gateways)
        {
            if (!gateway.IsUp)
            {
                gateway.Start();
            }

            while (gateway.Attempts.Count > 0)
            {
                gateway.Step(gateway.Attempts[0], CostOf, _truth, _now);
            }

            // A question in doubt is answered, so that nobody waits for its lease to expire.
            foreach (var scope in Scopes)
            {
                Ask(gateway, scope, Money.Zero, lossy: false);
            }

            for (var i = 0; i < 1_000 && !gateway.IsIdle; i++)
            {
                Ship(gateway, lossy: false);
            }

            _now += TimeSpan.FromMinutes(6);
            CloseEarlier(gateway, lossy: false);
            Close(gateway, lossy: false);
        }

        return _ledger.BrokenLaw();
    }

    private string? LawsAtTheEnd()
    {
        var rows = new Dictionary<string, UsageRecord>(StringComparer.Ordinal);
        foreach (var row in _ledger.Rows)
        {
            if (!rows.TryAdd(row.AttemptId, row))
            {
                return $"{row.AttemptId} is in the ledger twice";
            }
        }

        foreach (var (attempt, cost) in _truth.CalledAt)
        {
            if (!rows.TryGetValue(attempt, out var row))
            {
                return $"{attempt} was called, and is not in the ledger";
            }

            if (row.Kind == RowKind.Settled ? row.Cost != cost : row.Cost < cost)
            {
                return $"{attempt} cost {cost}; the ledger says {row.Kind} {row.Cost}";
            }
        }

        if (_truth.AnsweredIds.FirstOrDefault(id => rows[id].Kind != RowKind.Settled) is { } unsettled)
        {
            return $"{unsettled} was answered to its client, and is not settled";
        }

        var sum = _ledger.Rows.Sum(row => row.Cost.Nano);
        foreach (var scope in Scopes)
        {
            if (_ledger.Posted[scope].Nano != sum)
            {
                return $"{scope}: posted {_ledger.Posted[scope]}, the ledger's sum is {Money.FromNano(sum)}";
            }

            if (_ledger.Leased[scope] != Money.Zero)
            {
                return $"{scope}: {_ledger.Leased[scope]} is still leased though everybody is idle: {_ledger.Open}";
            }
        }

        return null;
    }

    private Money CostOf(Money worst) => Money.FromNano(_random.NextInt64(0, worst.Nano + 1));
}
