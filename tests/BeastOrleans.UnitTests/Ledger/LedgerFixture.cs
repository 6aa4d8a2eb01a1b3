using System.Globalization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Grains.Usage.Reports;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Grains.Usage.Sql;
using BeastOrleans.Testing.Databases;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>A ledger on a real database, and records to fill it with.</summary>
internal sealed class LedgerFixture : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    private readonly TestDatabase _database;

    /// <param name="postgres">Which database; null = the one that this run is about.</param>
    public LedgerFixture(bool? postgres = null)
    {
        _database = TestDatabase.CreateAsync(postgres).GetAwaiter().GetResult();
        Store = new SqlLedgerStore(Database);
        Registry = new SqlRegistry(Database);
        Budgets = new SqlBudgetStore(Database);
        Usage = new UsageReportStore(new SqlRunner(Database));
        Retention = new RetentionStore(new SqlRunner(Database));
        Reports = new ReportGrain(Store, Usage, new RecomputeStore(new SqlRunner(Database)), Retention, Registry, Budgets, TimeProvider.System);
    }

    public ISqlDatabase Database => _database.Sql;

    public SqlLedgerStore Store { get; }

    public SqlBudgetStore Budgets { get; }

    public UsageReportStore Usage { get; }

    public RetentionStore Retention { get; }

    public SqlRegistry Registry { get; }

    public ReportGrain Reports { get; }

    public void Dispose()
    {
        _database.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public async Task<MonitoringTotals> TotalsAsync(string? tenant = "acme", string? user = null)
    {
        return (await Store.SumRoutingAsync(new RoutingFilter(tenant, user, FromHour: null, ToHour: null))).Sum.ToTotals(from: null, to: null);
    }

    /// <summary>Rows of any query, as texts to compare.</summary>
    public Task<string[]> RowsAsync(string sql) => RowsAsync(_ => sql);

    public Task<string[]> RowsAsync(Func<SqlSession, string> sql)
    {
        return Database.ReadAsync<string[]>(session => [.. session.Prepare(sql(session)).ReadAll(row =>
        {
            var values = new object[row.FieldCount];
            row.GetValues(values);
            return string.Join('|', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
        })]);
    }

    public static UsageRecord Record(string requestId, int attempt = 1, RequestSummary? summary = null, EndpointType type = EndpointType.Custom)
    {
        var model = type == EndpointType.Custom ? "custom:llama" : "openai:gpt-4";
        return new UsageRecord
        {
            AttemptId = $"{requestId}-{attempt}",
            RequestId = requestId,
            AttemptNumber = attempt,
            At = Noon,
            Tenant = "acme",
            User = "alice",
            KeyId = "key_1",
            Endpoint = "t:acme/e:" + model,
            ModelId = model,
            Model = "m",
            Type = type,
            Outcome = OutcomeClass.Ok,
            Reason = FailureReason.None,
            Status = 200,
            DurationMs = 200,
            Tokens = new TokenUsage { Input = 900, Output = 100, Source = UsageSource.Reported },
            Cost = Money.FromUsd(0.001m),
            PriceVersion = "prices:1",
            Summary = summary,
        };
    }

    /// <summary>A request that its custom model answered: $0.001 against $0.03.</summary>
    public static UsageRecord CustomAnswer(string requestId)
    {
        return Record(requestId, summary: Summary("custom:llama", EndpointType.Custom, cost: 0.001m));
    }

    /// <summary>A request whose custom model failed and which a provider answered: $0.03 against $0.03.</summary>
    public static UsageRecord[] FallbackAnswer(string requestId, FailureReason reason = FailureReason.Timeout)
    {
        return
        [
            Record(requestId) with { Outcome = OutcomeClass.Sick, Reason = reason, Status = 0, Cost = Money.Zero, Tokens = default, DurationMs = 10_000 },
            Record(requestId, 2, Summary("openai:gpt-4", EndpointType.Provider, cost: 0.03m, "custom:llama", reason), EndpointType.Provider)
                with { Cost = Money.FromUsd(0.03m), DurationMs = 700 },
        ];
    }

    /// <summary>A request that nothing answered.</summary>
    public static UsageRecord Refused(string requestId, FailureReason reason = FailureReason.Unhealthy)
    {
        return Record(requestId, 0, Summary(served: null, servedType: null, cost: 0, reason: reason) with { Status = 503, Baseline = null, Error = "all circuits are open" })
            with
        { Endpoint = "", ModelId = "", Model = "", Outcome = OutcomeClass.Sick, Reason = reason, Cost = Money.Zero, PriceVersion = null, Tokens = default };
    }

    public static RequestSummary Summary(
        string? served, EndpointType? servedType, decimal cost, string? fallbackFrom = null, FailureReason reason = FailureReason.None)
    {
        return new RequestSummary
        {
            Requested = "auto",
            Served = served,
            ServedType = servedType,
            HadCustom = true,
            FallbackFrom = fallbackFrom,
            FallbackReason = reason,
            Status = 200,
            Cost = Money.FromUsd(cost),
            Baseline = Money.FromUsd(0.03m),
            BaselineModel = "openai:gpt-4",
            DurationMs = 205,
            FirstContentMs = 60,
        };
    }
}
