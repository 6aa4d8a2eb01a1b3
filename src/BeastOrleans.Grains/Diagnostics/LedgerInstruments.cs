using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;

namespace BeastOrleans.Grains.Diagnostics;

/// <summary>What ought not to happen to money, counted where it is booked: once for each row, in whichever silo.</summary>
internal sealed class LedgerInstruments
{
    private readonly Counter<double> _overruns;
    private readonly Counter<long> _unpriced;
    private readonly Counter<long> _unknown;
    private readonly Counter<double> _unknownUsd;
    private readonly Counter<long> _late;
    private readonly Counter<long> _overdrawn;
    private readonly Counter<long> _gaps;
    private readonly Counter<double> _gapUsd;

    public LedgerInstruments(Meter meter)
    {
        _overruns = meter.CreateCounter<double>("beast_budget_overrun_usd_total", description: "Dollars that attempts cost beyond what they had reserved.");
        _unpriced = meter.CreateCounter<long>("beast_unpriced_total", description: "Attempts at models without a price that used tokens.");
        _unknown = meter.CreateCounter<long>("beast_usage_unknown_total", description: "Attempts whose gateway was killed, booked at their worst cost.");
        _unknownUsd = meter.CreateCounter<double>("beast_usage_unknown_usd_total", description: "Dollars booked for them.");
        _late = meter.CreateCounter<long>("beast_usage_late_total", description: "Rows from before the time that the ledger keeps: put aside, not booked.");
        _overdrawn = meter.CreateCounter<long>("beast_budget_overdrawn_total", description: "Budgets that were brought over their limit.");
        _gaps = meter.CreateCounter<long>("beast_budget_gaps_total", description: "Leases of gateways that never came back.");
        _gapUsd = meter.CreateCounter<double>("beast_budget_gap_usd_total", description: "Dollars that they held when they were found.");
    }

    public void OnPosted(PostedBatch batch)
    {
        foreach (var record in batch.Added)
        {
            if (record.Overrun > Money.Zero)
            {
                _overruns.Add((double)record.Overrun.ToUsd(), Route(record.Type));
            }

            if (record is { PriceVersion: null, AttemptNumber: > 0, Tokens.Source: not UsageSource.None })
            {
                _unpriced.Add(1, Route(record.Type));
            }

            if (record.Kind == RowKind.Unknown)
            {
                _unknown.Add(1, Route(record.Type));
                _unknownUsd.Add((double)record.Cost.ToUsd(), Route(record.Type));
            }
        }

        foreach (var budget in batch.Overdrawn)
        {
            _overdrawn.Add(1, new KeyValuePair<string, object?>("kind", budget.Kind == BudgetKind.Hard ? "hard" : "soft"));
        }

        if (batch.Late.Count > 0)
        {
            _late.Add(batch.Late.Count);
        }
    }

    public void OnGap(ScopeKind scope, Money held)
    {
        var label = new KeyValuePair<string, object?>("scope", scope switch { ScopeKind.Key => "key", ScopeKind.User => "user", _ => "tenant" });
        _gaps.Add(1, label);
        _gapUsd.Add((double)held.ToUsd(), label);
    }

    private static KeyValuePair<string, object?> Route(EndpointType type) => new("route", type == EndpointType.Custom ? "custom" : "provider");
}
