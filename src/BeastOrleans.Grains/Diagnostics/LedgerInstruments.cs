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
        _overruns = GrainMetrics.Overrun.Counter<double>(meter);
        _unpriced = GrainMetrics.Unpriced.Counter<long>(meter);
        _unknown = GrainMetrics.Unknown.Counter<long>(meter);
        _unknownUsd = GrainMetrics.UnknownUsd.Counter<double>(meter);
        _late = GrainMetrics.Late.Counter<long>(meter);
        _overdrawn = GrainMetrics.Overdrawn.Counter<long>(meter);
        _gaps = GrainMetrics.Gaps.Counter<long>(meter);
        _gapUsd = GrainMetrics.GapUsd.Counter<double>(meter);

        // There from the start: the first of each must already be an increase.
        foreach (var route in (EndpointType[])[EndpointType.Custom, EndpointType.Provider])
        {
            _overruns.Add(0, Route(route));
            _unpriced.Add(0, Route(route));
            _unknown.Add(0, Route(route));
            _unknownUsd.Add(0, Route(route));
        }

        foreach (var kind in (string[])["hard", "soft"])
        {
            _overdrawn.Add(0, new KeyValuePair<string, object?>("kind", kind));
        }

        foreach (var scope in (ScopeKind[])[ScopeKind.Key, ScopeKind.User, ScopeKind.Tenant])
        {
            _gaps.Add(0, Scope(scope));
            _gapUsd.Add(0, Scope(scope));
        }

        _late.Add(0);
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
        _gaps.Add(1, Scope(scope));
        _gapUsd.Add((double)held.ToUsd(), Scope(scope));
    }

    private static KeyValuePair<string, object?> Scope(ScopeKind scope) =>
        new("scope", scope switch { ScopeKind.Key => "key", ScopeKind.User => "user", _ => "tenant" });

    private static KeyValuePair<string, object?> Route(EndpointType type) => new("route", type == EndpointType.Custom ? "custom" : "provider");
}
