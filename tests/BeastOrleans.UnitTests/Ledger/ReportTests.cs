using System.Buffers.Text;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Grains.Usage.Sql;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

public sealed class ReportTests : IDisposable
{
    private readonly LedgerFixture _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task ListFallbacks_TwelveHundred_PagesThroughAllNewestFirst()
    {
        // Several share a millisecond: the attempt id decides there.
        for (var i = 0; i < 1_200; i += 200)
        {
            await _ledger.Store.AppendAsync([.. Enumerable.Range(i, 200).SelectMany(n => At(LedgerFixture.FallbackAnswer($"r{n:0000}"), n / 3))]);
        }

        var seen = new List<FallbackEntry>();
        var pages = 0;
        string? cursor = null;
        do
        {
            var page = await _ledger.Reports.ListFallbacksAsync("acme", user: null, cursor, limit: 10_000);
            Assert.InRange(page.Fallbacks.Length, 1, IReportGrain.MaxPage);
            seen.AddRange(page.Fallbacks);
            cursor = page.Next;
            pages++;

            // What arrives meanwhile is newer than the first page and shifts nothing.
            await _ledger.Store.AppendAsync(At(LedgerFixture.FallbackAnswer($"new{pages}"), 10_000));
        }
        while (cursor is not null);

        Assert.Equal(3, pages);
        Assert.Equal(Enumerable.Range(0, 1_200).Reverse().Select(n => $"r{n:0000}"), seen.Select(entry => entry.RequestId));
        Assert.Equal(seen.OrderByDescending(entry => entry.At).Select(entry => entry.At), seen.Select(entry => entry.At));
    }

    [Fact]
    public async Task ListFallbacks_Entry_HasItsAttempts()
    {
        await _ledger.Store.AppendAsync([.. LedgerFixture.FallbackAnswer("r1", FailureReason.Overload), LedgerFixture.CustomAnswer("r2")]);

        var entry = Assert.Single((await _ledger.Reports.ListFallbacksAsync("acme", user: null, cursor: null, limit: 1)).Fallbacks);

        Assert.Equal(("r1", "custom:llama", "openai:gpt-4", FailureReason.Overload), (entry.RequestId, entry.From, entry.To, entry.Reason));
        Assert.Equal(["custom:llama", "openai:gpt-4"], entry.Attempts.Select(attempt => attempt.ModelId));
        Assert.Equal([OutcomeClass.Sick, OutcomeClass.Ok], entry.Attempts.Select(attempt => attempt.Outcome));
        Assert.Equal(Money.FromUsd(0.03m), entry.Attempts[1].Cost);
    }

    [Fact]
    public async Task ListFallbacks_ExactlyOnePage_HasNoNext()
    {
        await _ledger.Store.AppendAsync([.. Enumerable.Range(0, 4).SelectMany(i => At(LedgerFixture.FallbackAnswer($"r{i}"), i))]);

        var first = await _ledger.Reports.ListFallbacksAsync("acme", user: null, cursor: null, limit: 2);
        var second = await _ledger.Reports.ListFallbacksAsync("acme", user: null, first.Next, limit: 2);

        Assert.Equal(["r1", "r0"], second.Fallbacks.Select(entry => entry.RequestId));
        Assert.Null(second.Next);
        Assert.Single((await _ledger.Reports.ListFallbacksAsync("acme", user: null, cursor: null, limit: -5)).Fallbacks);
    }

    [Fact]
    public async Task ListFallbacks_User_And_Tenant_SeeTheirOwn()
    {
        await _ledger.Store.AppendAsync(
        [
            .. LedgerFixture.FallbackAnswer("r1"),
            .. LedgerFixture.FallbackAnswer("r2").Select(row => row with { User = "bob" }),
            .. LedgerFixture.FallbackAnswer("r3").Select(row => row with { Tenant = "rival", User = "bob" }),
        ]);

        Assert.Equal(["r1", "r2"], await FallbackIdsAsync("acme", user: null));
        Assert.Equal(["r2"], await FallbackIdsAsync("acme", "bob"));
        Assert.Equal(["r3"], await FallbackIdsAsync("rival", "bob"));
        Assert.Empty(await FallbackIdsAsync("rival", "alice"));
        Assert.Empty(await FallbackIdsAsync("nobody", user: null));
    }

    [Fact]
    public async Task ListFallbacks_UsesThePartialIndices()
    {
        // PostgreSQL plans by the rows that are there, and an empty table is read whole.
        using var ledger = new LedgerFixture(postgres: false);
        var tenant = await ledger.RowsAsync(session => "EXPLAIN QUERY PLAN " + Literal(LedgerSql.SelectFallbacksOfTenant(session)));
        var user = await ledger.RowsAsync(session => "EXPLAIN QUERY PLAN " + Literal(LedgerSql.SelectFallbacksOfUser(session)));

        Assert.Contains("ix_ledger_fallback", Assert.Single(tenant), StringComparison.Ordinal);
        Assert.Contains("ix_ledger_user_fallback", Assert.Single(user), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("not a cursor!")]
    [InlineData("ZjE6")]
    [InlineData("ZmFiYzphYmM")]
    [InlineData("/etc/passwd")]
    public async Task List_BadCursor_IsAnArgumentErrorForTheCaller(string cursor)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.ListFallbacksAsync("acme", user: null, cursor, limit: 10));

        Assert.StartsWith(PageCursor.Invalid, exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.ListTenantsAsync(cursor, limit: 10));
        await Assert.ThrowsAsync<ArgumentException>(() => _ledger.Reports.ListKeysAsync(tenant: null, cursor, limit: 10));
    }

    [Fact]
    public async Task List_CursorOfAnotherList_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() =>
            _ledger.Reports.ListFallbacksAsync("acme", user: null, PageCursor.OfId("1:a"), limit: 10));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            _ledger.Reports.ListTenantsAsync(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new string('r', 4_000))), limit: 10));
        Assert.Equal(new FallbackPosition(-5, "a:b/ü"), PageCursor.ParseFallback(PageCursor.Of(new FallbackPosition(-5, "a:b/ü"))));
    }

    [Fact]
    public async Task GetRequest_ReturnsEveryFieldAsItWasAppended()
    {
        var rows = Detailed();
        await _ledger.Store.AppendAsync(rows);

        var stored = await _ledger.Store.FindRequestAsync("acme", "r1");
        var record = (await _ledger.Reports.GetRequestAsync("acme", "r1"))!;

        // Arrays compare by reference in records: they are compared by themselves.
        var summary = rows[1].Summary!;
        var read = stored.Rows[1].Summary!;
        Assert.Equal(rows[0], stored.Rows[0]);
        Assert.Equal(rows[1] with { Summary = null }, stored.Rows[1] with { Summary = null, Tags = null });
        Assert.Equal(summary with { Tags = null, Plan = null, Skipped = null }, read with { Tags = null, Plan = null, Skipped = null });
        Assert.Equal(summary.Tags, read.Tags);
        Assert.Equal(summary.Skipped, read.Skipped);
        Assert.Equal(summary.Plan, record.Plan);
        Assert.Equal(("r1", rows[1].At, "alice"), (record.RequestId, record.At, record.User));
        Assert.Equal([false, true], record.Attempts.Select(attempt => attempt.Priced));
        Assert.Equal(rows[1].Tokens, record.Attempts[1].Tokens);
        Assert.True(record.Attempts[0].Partial);
    }

    [Fact]
    public async Task GetRequest_OfAnotherTenant_IsNull()
    {
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1")]);

        Assert.NotNull(await _ledger.Reports.GetRequestAsync("acme", "r1"));
        Assert.Null(await _ledger.Reports.GetRequestAsync("rival", "r1"));
        Assert.Null(await _ledger.Reports.GetRequestAsync("acme", "r2"));
    }

    [Fact]
    public async Task GetRequest_SameIdInTwoTenants_MixesNothing()
    {
        var other = LedgerFixture.CustomAnswer("r1") with { AttemptId = "other", Tenant = "rival", User = "eve" };
        await _ledger.Store.AppendAsync([LedgerFixture.CustomAnswer("r1"), other]);

        var record = (await _ledger.Reports.GetRequestAsync("acme", "r1"))!;

        Assert.Equal("alice", record.User);
        Assert.Single(record.Attempts);
    }

    [Fact]
    public async Task GetRequest_Refused_HasASummaryAndNoAttempts()
    {
        await _ledger.Store.AppendAsync([LedgerFixture.Refused("r1")]);

        var record = (await _ledger.Reports.GetRequestAsync("acme", "r1"))!;

        Assert.Empty(record.Attempts);
        Assert.Equal((503, "all circuits are open"), (record.Summary.Status, record.Summary.Error));
    }

    [Fact]
    public async Task GetRequest_WithoutItsLastRow_SaysSo()
    {
        await _ledger.Store.AppendAsync(LedgerFixture.FallbackAnswer("r1")[..1]);

        var record = (await _ledger.Reports.GetRequestAsync("acme", "r1"))!;

        Assert.Equal((0, DecisionRecords.Unsettled), (record.Summary.Status, record.Summary.Error));
        Assert.Single(record.Attempts);
        Assert.Empty(record.Plan);
    }

    private static UsageRecord[] Detailed()
    {
        var rows = LedgerFixture.FallbackAnswer("r1", FailureReason.Unhealthy);
        var summary = rows[1].Summary! with
        {
            Degraded = true,
            Tags = ["a", "b,c"],
            PlanHash = "h1",
            Plan =
            [
                new() { ModelId = "custom:llama", Type = EndpointType.Custom, Owner = OwnerKind.User, Eligible = true, Reason = "yours" },
                new() { ModelId = "openai:gpt-4", Type = EndpointType.Provider, Owner = OwnerKind.Platform, Eligible = false, Reason = "“dear”" },
            ],
            Skipped = [new() { ModelId = "custom:cold", Why = "circuit open" }],
            Error = "none",
            BaselineModel = "openai:gpt-4",
        };
        return
        [
            rows[0] with { Partial = true, PriceVersion = null, FirstContentMs = 17, Status = 502 },
            rows[1] with
            {
                Summary = summary,
                Tokens = new TokenUsage { Input = 1, Output = 2, CachedInput = 3, CacheWrite = 4, Reasoning = 5, Source = UsageSource.Estimated },
            },
        ];
    }

    private static UsageRecord[] At(UsageRecord[] rows, int milliseconds) =>
        [.. rows.Select(row => row with { At = LedgerFixture.Noon.AddMilliseconds(milliseconds) })];

    private static string Literal(string sql) => sql.Replace("@tenant", "'t'", StringComparison.Ordinal).Replace("@user", "'u'", StringComparison.Ordinal)
        .Replace("@attempt", "'a'", StringComparison.Ordinal).Replace("@at", "1", StringComparison.Ordinal).Replace("@limit", "5", StringComparison.Ordinal);

    private async Task<string[]> FallbackIdsAsync(string tenant, string? user)
    {
        var page = await _ledger.Reports.ListFallbacksAsync(tenant, user, cursor: null, limit: 100);
        return [.. page.Fallbacks.Select(entry => entry.RequestId).Order(StringComparer.Ordinal)];
    }
}
