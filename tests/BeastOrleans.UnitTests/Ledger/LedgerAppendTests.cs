using System.Data.Common;
using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class LedgerAppendTests : IDisposable
{
    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task AppendAsync_SameBatchTwice_CountsItOnce()
    {
        UsageRecord[] batch = [LedgerFixture.CustomAnswer("r1"), .. LedgerFixture.FallbackAnswer("r2")];

        Assert.Equal(3, await _ledger.Store.AppendAsync(batch));
        var before = await AllRowsAsync();
        Assert.Equal(0, await _ledger.Store.AppendAsync(batch));

        Assert.Equal(before, await AllRowsAsync());
        Assert.Equal(2, (await _ledger.TotalsAsync()).Total);
    }

    [Fact]
    public async Task AppendAsync_OverlappingBatches_CountOnlyWhatIsNew()
    {
        var records = Enumerable.Range(0, 30).Select(i => LedgerFixture.CustomAnswer($"r{i}")).ToArray();

        Assert.Equal(20, await _ledger.Store.AppendAsync(records[..20]));
        Assert.Equal(10, await _ledger.Store.AppendAsync(records[10..]));
        Assert.Equal(1, await _ledger.Store.AppendAsync([records[0], LedgerFixture.CustomAnswer("new"), LedgerFixture.CustomAnswer("new")]));

        var totals = await _ledger.TotalsAsync();
        Assert.Equal(31, totals.Total);
        Assert.Equal(Money.FromUsd(0.031m), totals.Actual);
    }

    [Fact]
    public async Task AppendAsync_SameBatchConcurrently_CountsItOnce()
    {
        var batch = Enumerable.Range(0, 100).Select(i => LedgerFixture.CustomAnswer($"r{i}")).ToArray();

        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _ledger.Store.AppendAsync(batch)));

        Assert.Equal(100, added.Sum());
        Assert.Equal(100, (await _ledger.TotalsAsync()).Total);
        Assert.Equal(["100|100"], await _ledger.RowsAsync("SELECT (SELECT COUNT(*) FROM ledger), (SELECT SUM(attempts) FROM usage_rollup)"));
    }

    [Fact]
    public async Task AppendAsync_FailsHalfWay_LeavesNothing()
    {
        // The sum over both does not fit 64 bits, which is noticed after the rows are in.
        UsageRecord[] batch =
        [
            LedgerFixture.Record("r1") with { Cost = Money.FromNano(long.MaxValue) },
            LedgerFixture.Record("r2") with { Cost = Money.FromNano(long.MaxValue) },
        ];

        await Assert.ThrowsAsync<OverflowException>(() => _ledger.Store.AppendAsync(batch));

        Assert.All(await AllRowsAsync(), table => Assert.Equal("", table));
        Assert.Equal(1, await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r3")]));
    }

    [Fact]
    public async Task AppendAsync_EqualPlans_ShareOneCopy()
    {
        PlanEntry[] plan = [new() { ModelId = "custom:llama", Type = EndpointType.Custom, Owner = OwnerKind.User, Eligible = true, Reason = "yours" }];
        var records = Enumerable.Range(0, 10).Select(i => WithPlan(LedgerFixture.CustomAnswer($"r{i}"), "h1", plan)).ToArray();

        await _ledger.Store.AppendAsync(records);
        await _ledger.Store.AppendAsync([WithPlan(LedgerFixture.CustomAnswer("later"), "h1", plan)]);

        Assert.Equal(
            ["""h1|[{"modelId":"custom:llama","type":"Custom","owner":"User","eligible":true,"reason":"yours"}]"""],
            await _ledger.RowsAsync("SELECT hash, json FROM plans"));
    }

    [Fact]
    public async Task Ledger_Update_IsRefused()
    {
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1")]);

        var exception = await Assert.ThrowsAnyAsync<DbException>(() =>
            _ledger.Database.WriteAsync(session => session.Prepare("UPDATE ledger SET cost_nano = 0").ExecuteNonQuery()));

        Assert.Contains("append-only", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendAsync_LongTexts_AreCut()
    {
        var record = LedgerFixture.CustomAnswer("r1");
        var summary = record.Summary! with
        {
            Error = new string('x', LedgerBounds.ErrorLength - 1) + "\U0001F600",
            Tags = [.. Enumerable.Repeat("t", 20)],
        };

        await _ledger.Store.AppendAsync([record with { Summary = summary }]);

        var stored = (await _ledger.Store.FindRequestAsync("acme", "r1")).Rows[0].Summary!;
        Assert.Equal(new string('x', LedgerBounds.ErrorLength - 1), stored.Error);
        Assert.Equal(LedgerBounds.Tags, stored.Tags!.Length);
    }

    [Fact]
    public async Task AppendAsync_WhatARowReserved_IsKeptWithIt()
    {
        var record = LedgerFixture.CustomAnswer("r1") with
        {
            Kind = RowKind.Unknown,
            Overrun = Money.FromNano(7),
            Leases = [new LeaseUse { Scope = "user:acme/\u00fc\"x", LeaseId = "l1", Reserved = Money.FromNano(3) }],
        };

        await _ledger.Store.AppendAsync([record, LedgerFixture.Record("r1", 2)]);

        var rows = (await _ledger.Store.FindRequestAsync("acme", "r1")).Rows;
        Assert.Equal((RowKind.Unknown, Money.FromNano(7)), (rows[0].Kind, rows[0].Overrun));
        Assert.Equal(record.Leases, rows[0].Leases);
        Assert.Equal((RowKind.Settled, Money.Zero, null), (rows[1].Kind, rows[1].Overrun, rows[1].Leases));
        Assert.Equal(["2|1|1|0"], await _ledger.RowsAsync("SELECT attempts, ok, unknown, abandoned FROM usage_rollup"));
        Assert.Equal(0, (await _ledger.TotalsAsync()).Total);
    }

    [Fact]
    public async Task WriterGrain_TooLargeABatch_IsRefused()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var instruments = new GrainInstruments(services.GetRequiredService<IMeterFactory>());
        var grain = new LedgerWriterGrain(_ledger.Store, _ledger.Budgets, instruments, NullLogger<LedgerWriterGrain>.Instance);
        var records = Enumerable.Range(0, ILedgerWriterGrain.MaxBatch + 1).Select(i => LedgerFixture.CustomAnswer($"r{i}")).ToArray();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.AppendAsync(records));

        Assert.Equal(ILedgerWriterGrain.MaxBatch, await grain.AppendAsync(records[1..]));
        Assert.Equal(0, await grain.AppendAsync([]));
    }

    private static UsageRecord WithPlan(UsageRecord record, string hash, PlanEntry[] plan)
    {
        return record with { Summary = record.Summary! with { PlanHash = hash, Plan = plan } };
    }

    private async Task<string[]> AllRowsAsync()
    {
        var tables = new List<string>();
        foreach (var table in (string[])["ledger", "plans", "usage_rollup", "routing_rollup"])
        {
            tables.Add(string.Join('\n', await _ledger.RowsAsync($"SELECT * FROM {table} ORDER BY 1, 2")));
        }

        return [.. tables];
    }
}
