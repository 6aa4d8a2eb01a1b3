using System.Data.Common;
using System.Text.Json;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Storage.Sql;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>The ledger, on either database.</summary>
internal sealed partial class SqlLedgerStore(
    ISqlDatabase database, ILogger<SqlLedgerStore>? logger = null, GrainInstruments? instruments = null) : ILedgerStore
{
    private readonly ILogger _logger = logger ?? NullLogger<SqlLedgerStore>.Instance;

    public async Task<int> AppendAsync(UsageRecord[] records)
    {
        if (records.Length == 0)
        {
            return 0;
        }

        // Every writer takes its rows in one order. The caller's array is not ours to sort.
        records = [.. records.OrderBy(record => record.AttemptId, StringComparer.Ordinal)];
        var posted = await database.WriteAsync(session => Append(session, records));
        foreach (var budget in posted.Overdrawn)
        {
            LogOverdrawn(budget.Kind, budget.Scope, budget.Posted, budget.Limit);
        }

        foreach (var late in posted.Late)
        {
            LogLate(late.AttemptId, late.At);
        }

        instruments?.OnPosted(posted);
        return posted.Added.Count;
    }

    public Task<RoutingWindow> SumRoutingAsync(RoutingFilter filter)
    {
        return database.ReadAsync(session => SumRouting(session, filter));
    }

    public Task<FallbackRow[]> ListFallbacksAsync(string tenant, string? user, FallbackPosition? after, int limit)
    {
        return database.ReadAsync(session => ListFallbacks(session, tenant, user, after, limit));
    }

    public Task<RequestRows> FindRequestAsync(string tenant, string requestId)
    {
        return database.ReadAsync(session =>
        {
            var rows = ReadRequest(session, tenant, requestId);
            var hash = Array.Find(rows, row => row.Summary is not null)?.Summary?.PlanHash;
            return new RequestRows(rows, hash is null ? [] : ReadPlan(session, hash));
        });
    }

    // May run twice when its group or commit is lost: all it sums starts here.
    private static PostedBatch Append(SqlSession session, UsageRecord[] records)
    {
        session.Lock(BudgetSql.AddToRollups);
        var tally = new LedgerTally();
        var rows = new LedgerRowWriter(session);
        var keptFrom = DateTimeOffset.FromUnixTimeMilliseconds((long)session.Prepare(LedgerSql.SelectKeptFrom).ExecuteScalar()!);

        // What is late may have been booked and removed since: whoever can tell is asked.
        var late = rows.AppendLate([.. records.Where(record => record.At < keptFrom)]);
        var added = rows.Append([.. records.Where(record => record.At >= keptFrom)]);
        foreach (var record in added)
        {
            tally.Add(record);
        }

        var overdrawn = BudgetPosting.Post(session, added, rows);
        RollupWriter.Write(session, tally);
        return new PostedBatch(added, late, overdrawn);
    }

    private static RoutingWindow SumRouting(SqlSession session, RoutingFilter filter)
    {
        (string, object?) from = ("@from", filter.FromHour ?? long.MinValue);
        (string, object?) to = ("@to", filter.ToHour ?? long.MaxValue);
        (string, object?) tenant = ("@tenant", filter.Tenant);
        (string, object?) user = ("@user", filter.User);
        using var row = ((filter.Tenant, filter.User) switch
        {
            (null, null) => session.Prepare(LedgerSql.SumRoutingOfAll, from, to),
            (null, _) => session.Prepare(LedgerSql.SumRoutingOfUser, from, to, user),
            (_, null) => session.Prepare(LedgerSql.SumRoutingOfTenant, from, to, tenant),
            _ => session.Prepare(LedgerSql.SumRoutingOfTenantUser, from, to, tenant, user),
        }).ExecuteReader();
        row.Read();
        return row.IsDBNull(0)
            ? new RoutingWindow(new RoutingTally(), FirstHour: null, LastHour: null)
            : new RoutingWindow(ReadTally(row, firstColumn: 2), row.GetInt64(0), row.GetInt64(1));
    }

    private static RoutingTally ReadTally(DbDataReader row, int firstColumn)
    {
        var column = firstColumn;
        var sum = new RoutingTally
        {
            Total = row.GetInt64(column++),
            Success = row.GetInt64(column++),
            Failures = row.GetInt64(column++),
            Fallbacks = row.GetInt64(column++),
            Reasons = new ReasonCounts
            {
                Network = row.GetInt64(column++),
                Overload = row.GetInt64(column++),
                Timeout = row.GetInt64(column++),
                Unhealthy = row.GetInt64(column++),
                Other = row.GetInt64(column++),
            },
            Actual = Money.FromNano(row.GetInt64(column++)),
            Baseline = Money.FromNano(row.GetInt64(column++)),
            Unpriced = row.GetInt64(column++),
            PremiumNano = new ReasonCounts
            {
                Network = row.GetInt64(column++),
                Overload = row.GetInt64(column++),
                Timeout = row.GetInt64(column++),
                Unhealthy = row.GetInt64(column++),
                Other = row.GetInt64(column++),
            },
            PremiumUnpriced = row.GetInt64(column++),
        };
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
        {
            sum.Custom.AddCount(i, row.GetInt64(column + i));
            sum.Provider.AddCount(i, row.GetInt64(column + LatencyHistogram.Buckets + i));
        }

        return sum;
    }

    private static FallbackRow[] ListFallbacks(SqlSession session, string tenant, string? user, FallbackPosition? after, int limit)
    {
        // Ids are not empty, so (max, "") comes before every row in this order.
        var start = after ?? new FallbackPosition(long.MaxValue, "");
        (string, object?) at = ("@at", start.AtMilliseconds);
        (string, object?) attempt = ("@attempt", start.AttemptId);
        var command = user is null
            ? session.Prepare(LedgerSql.SelectFallbacksOfTenant(session), ("@tenant", tenant), at, attempt, ("@limit", limit))
            : session.Prepare(LedgerSql.SelectFallbacksOfUser(session), ("@tenant", tenant), at, attempt, ("@user", user), ("@limit", limit));
        var found = command.ReadAll(row => (Position: new FallbackPosition(row.GetInt64(0), row.GetString(1)), RequestId: row.GetString(2)));
        return [.. found.Select(one => new FallbackRow(one.Position, ReadRequest(session, tenant, one.RequestId)))];
    }

    private static UsageRecord[] ReadRequest(SqlSession session, string tenant, string requestId)
    {
        return [.. session
            .Prepare(LedgerSql.SelectRequest, ("@tenant", tenant), ("@request", requestId), ("@limit", LedgerBounds.AttemptsPerRequest))
            .ReadAll(LedgerRowReader.Read)];
    }

    private static PlanEntry[] ReadPlan(SqlSession session, string hash)
    {
        return session.Prepare(LedgerSql.SelectPlan, ("@hash", hash)).ExecuteScalar() is string json
            ? JsonSerializer.Deserialize(json, LedgerJson.Default.PlanEntryArray) ?? []
            : [];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} budget of {Scope} is overdrawn: {Posted} of {Limit} are spent.")]
    private partial void LogOverdrawn(BudgetKind kind, string scope, Money posted, Money limit);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The row of attempt {AttemptId} of {At} comes after the ledger's rows of its time were removed: it was put aside in ledger_late and is not booked.")]
    private partial void LogLate(string attemptId, DateTimeOffset at);
}
