using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Testing.Databases;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>The law of the rollups: whatever arrives, and however often, they equal a fresh sum over the ledger.</summary>
public sealed class RollupPropertyTests
{
    // Written in SQL and apart from the product's own sums, so that one mistake does not excuse the other.
    private const string FreshUsage = """
        SELECT tenant, at / 3600000, user_id, key_id, model_id, type, COUNT(*),
            COUNT(*) FILTER (WHERE kind = 0 AND outcome = 0), COUNT(*) FILTER (WHERE kind = 0 AND outcome = 8), COUNT(*) FILTER (WHERE kind = 1), COUNT(*) FILTER (WHERE kind = 0 AND outcome = 7),
            COUNT(*) FILTER (WHERE kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 1), COUNT(*) FILTER (WHERE kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 2),
            COUNT(*) FILTER (WHERE kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 3), COUNT(*) FILTER (WHERE kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 4),
            COUNT(*) FILTER (WHERE kind = 0 AND outcome BETWEEN 1 AND 6 AND reason IN (0, 5)),
            SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning),
            COALESCE(SUM(cost_nano) FILTER (WHERE price_version IS NOT NULL), 0), COUNT(*) FILTER (WHERE price_version IS NULL)
        FROM ledger WHERE attempt_number > 0 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        """;

    private const string FreshRouting = """
        WITH requests AS (
            SELECT tenant, at / 3600000 AS hour, user_id,
                served IS NOT NULL AND partial = 0 AND served_type = 0 AS success,
                served IS NOT NULL AND partial = 0 AND served_type = 1 AS fallback,
                CASE WHEN fallback_reason <> 0 THEN fallback_reason ELSE reason END AS why,
                served IS NOT NULL AND (price_version IS NULL OR baseline_nano IS NULL) AS unpriced,
                total_cost_nano AS actual, COALESCE(baseline_nano, 0) AS baseline,
                total_cost_nano - custom_nano AS premium, price_version IS NULL OR custom_nano IS NULL AS free
            FROM ledger WHERE requested IS NOT NULL AND kind = 0 AND had_custom = 1 AND abandoned = 0
                AND NOT (attempt_number > 0 AND outcome = 7) AND (attempt_number > 0 OR served IS NOT NULL OR fallback_reason <> 0))
        SELECT tenant, hour, user_id, COUNT(*), COUNT(*) FILTER (WHERE success), COUNT(*) FILTER (WHERE NOT success), COUNT(*) FILTER (WHERE fallback),
            COUNT(*) FILTER (WHERE NOT success AND why = 1), COUNT(*) FILTER (WHERE NOT success AND why = 2), COUNT(*) FILTER (WHERE NOT success AND why = 3), COUNT(*) FILTER (WHERE NOT success AND why = 4),
            COUNT(*) FILTER (WHERE NOT success AND why IN (0, 5)),
            SUM(CASE WHEN unpriced THEN 0 ELSE actual END), SUM(CASE WHEN unpriced THEN 0 ELSE baseline END), COUNT(*) FILTER (WHERE unpriced),
            COALESCE(SUM(premium) FILTER (WHERE fallback AND NOT free AND why = 3), 0), COALESCE(SUM(premium) FILTER (WHERE fallback AND NOT free AND why IN (0, 5)), 0),
            COUNT(*) FILTER (WHERE fallback AND free)
        FROM requests GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """;

    private const string StoredUsage = """
        SELECT tenant, hour, user_id, key_id, model_id, type, attempts, ok, abandoned, unknown, caller,
            failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other,
            tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced
        FROM usage_rollup ORDER BY tenant, hour, user_id, key_id, model_id, type
        """;

    private const string StoredRouting = """
        SELECT tenant, hour, user_id, total, success, failures, fallbacks, network, overload, timeout, unhealthy, other,
            actual_nano, baseline_nano, unpriced, premium_timeout, premium_other, premium_unpriced
        FROM routing_rollup ORDER BY tenant, hour, user_id
        """;

    private static string TagsOf => TestDatabase.IsPostgres ? "json_array_elements_text(CAST(ledger.tags AS JSON)) AS e(value)" : "json_each(ledger.tags) AS e";

    private static readonly Gen<Money> Cost = Gen.Long[0, 50_000_000].Select(Money.FromNano);

    private static readonly Gen<RequestSummary> Summaries =
        from requested in OneOf("auto", "custom:a", "gpt-4")
        from type in OneOf<EndpointType?>(null, EndpointType.Custom, EndpointType.Provider)
        from hadCustom in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        from reason in Gen.Enum<FailureReason>()
        from abandoned in Gen.Frequency((1, Gen.Const(true)), (5, Gen.Const(false)))
        from cost in Cost
        from baseline in Cost
        from priced in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        select new RequestSummary
        {
            Requested = requested,
            Served = type is null ? null : type + ":x",
            ServedType = type,
            HadCustom = hadCustom,
            FallbackFrom = type == EndpointType.Provider ? "custom:a" : null,
            FallbackReason = reason,
            Abandoned = abandoned,
            Status = 200,
            Cost = cost,
            Baseline = priced ? baseline : null,
            CustomCost = type == EndpointType.Provider && priced ? baseline : null,
            DurationMs = 1,
        };

    // Few ids, so that batches overlap; one id always stands for one record, as in the protocol.
    private static readonly Gen<UsageRecord> Records =
        from id in Gen.Int[0, 200]
        from attempt in Gen.Int[0, 3]
        from tenant in OneOf("acme", "rival", "über")
        from user in OneOf("alice", "bob", "_shared")
        from key in OneOf("key_1", "key_2")
        from kind in Gen.Frequency((5, Gen.Const(RowKind.Settled)), (1, Gen.Const(RowKind.Unknown)))
        from hour in Gen.Int[0, 3]
        from type in Gen.Enum<EndpointType>()
        from outcome in Gen.Enum<OutcomeClass>()
        from reason in Gen.Enum<FailureReason>()
        from partial in Gen.Bool
        from duration in Gen.Int[0, 120_000]
        from tokens in Gen.Int[0, 5_000]
        from cost in Cost
        from priced in Gen.Bool
        from tags in OneOf(null, ["x"], new[] { "y", "x" })
        from summary in Gen.Frequency((2, Summaries.Select(one => (RequestSummary?)one)), (1, Gen.Const((RequestSummary?)null)))
        select LedgerFixture.Record($"r{id}", attempt, summary, type) with
        {
            Tenant = tenant,
            User = user,
            KeyId = key,
            Kind = kind,
            At = LedgerFixture.Noon.AddMinutes((hour * 60) + (id % 60)),
            Outcome = outcome,
            Reason = reason,
            Partial = partial,
            DurationMs = duration,
            Tokens = new TokenUsage { Input = tokens, Output = tokens / 2, CachedInput = tokens / 3, CacheWrite = tokens / 4, Reasoning = tokens / 5 },
            Cost = cost,
            PriceVersion = priced ? "v1" : null,
            Tags = tags,
        };

    [Fact]
    public Task Rollups_AfterAnyBatches_EqualAFreshSumOverTheLedger()
    {
        return Records.Array[1, 60].Array[1, 6].SampleAsync(
            async batches =>
            {
                using var ledger = new LedgerFixture();
                await CheckAsync(ledger, batches);
            },
            iter: 60,
            threads: 2);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static async Task CheckAsync(LedgerFixture ledger, UsageRecord[][] batches)
    {
        var added = await Task.WhenAll([.. batches.Select(ledger.Store.AppendAsync), .. batches.Select(ledger.Store.AppendAsync)]);

        var ids = batches.SelectMany(batch => batch).Select(record => record.AttemptId).Distinct(StringComparer.Ordinal).Count();
        Assert.Equal(ids, added.Sum());
        Assert.Equal(await ledger.RowsAsync(FreshUsage), await ledger.RowsAsync(StoredUsage));
        Assert.Equal(await ledger.RowsAsync(FreshRouting), await ledger.RowsAsync(StoredRouting));
        await CheckReportsAsync(ledger);
        foreach (var tenant in new[] { "acme", "rival", "über" })
        {
            Assert.Empty((await ledger.Reports.CompareDayAsync(tenant, LedgerFixture.Noon)).Differences);
        }

        await CheckHistogramsAsync(ledger);
    }

    private const string Sums =
        "SUM(attempts), SUM(ok), SUM(abandoned), SUM(unknown), SUM(caller), SUM(failed_network), SUM(failed_overload), SUM(failed_timeout), "
        + "SUM(failed_unhealthy), SUM(failed_other), SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), "
        + "SUM(tokens_reasoning), SUM(cost_nano), SUM(unpriced)";

    // The tables of reports say what the hours by user and key say; those of tags, what the ledger says of them.
    private static async Task CheckReportsAsync(LedgerFixture ledger)
    {
        await SameAsync("tenant, hour / 24, user_id, key_id, model_id, type", "usage_day", "tenant, bucket, user_id, key_id, model_id, type");
        await SameAsync("tenant, hour, model_id, type", "usage_model_hour", "tenant, bucket, model_id, type");
        await SameAsync("tenant, hour / 24, model_id, type", "usage_model_day", "tenant, bucket, model_id, type");
        foreach (var (table, milliseconds) in new[] { ("usage_tag_hour", 3_600_000), ("usage_tag_day", 86_400_000) })
        {
            Assert.Equal(
                await ledger.RowsAsync($"SELECT tenant, at / {milliseconds}, e.value, model_id, ledger.type, COUNT(*), SUM(tokens_in), COALESCE(SUM(cost_nano) FILTER (WHERE price_version IS NOT NULL), 0) FROM ledger, {TagsOf} WHERE attempt_number > 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"),
                await ledger.RowsAsync($"SELECT tenant, bucket, tag, model_id, type, attempts, tokens_in, cost_nano FROM {table} ORDER BY 1, 2, 3, 4, 5"));
        }

        async Task SameAsync(string hours, string table, string columns)
        {
            var order = string.Join(", ", Enumerable.Range(1, columns.Split(',').Length));
            Assert.Equal(
                await ledger.RowsAsync($"SELECT {hours}, {Sums} FROM usage_rollup GROUP BY {order} ORDER BY {order}"),
                await ledger.RowsAsync($"SELECT {columns}, {Sums} FROM {table} GROUP BY {order} ORDER BY {order}"));
        }
    }

    private static async Task CheckHistogramsAsync(LedgerFixture ledger)
    {
        var durations = await ledger.RowsAsync(
            "SELECT served_type, duration_ms FROM ledger WHERE kind = 0 AND had_custom = 1 AND abandoned = 0 AND served IS NOT NULL AND partial = 0 "
            + "AND NOT (attempt_number > 0 AND outcome = 7)");
        var expected = new long[2, LatencyHistogram.Buckets];
        foreach (var parts in durations.Select(row => row.Split('|').Select(int.Parse).ToArray()))
        {
            expected[parts[0], LatencyHistogram.BucketOf(parts[1])]++;
        }

        var stored = (await ledger.Store.SumRoutingAsync(default)).Sum;
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
        {
            Assert.Equal((expected[0, i], expected[1, i]), (stored.Custom[i], stored.Provider[i]));
        }
    }
}
