using System.Collections.Concurrent;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage;

/// <summary>Turns a finished exchange into ledger rows: one per attempt, the last with the request's summary.</summary>
internal sealed partial class UsageRecorder(UsageQueue queue, GatewayInstruments instruments, TimeProvider time, ILogger<UsageRecorder> logger)
{
    /// <summary>Plans known to have been shipped; when full it starts anew and some are sent twice, which is absorbed.</summary>
    private const int MaxKnownPlans = 10_000;

    private readonly ConcurrentDictionary<string, byte> _sentPlans = new(StringComparer.Ordinal);

    public bool IsFull => queue.IsFull;

    /// <summary>Books a request that ended without an answer.</summary>
    public void Record(Exchange exchange, int status, string? error, bool abandoned)
    {
        if (exchange.Plan is { } plan)
        {
            Record(exchange, Settlement.Of(plan, exchange.Attempts), status, error, abandoned);
            return;
        }

        // Without a plan there is nothing to book: the selector did not answer, or the books themselves are full.
        instruments.RequestUnplanned(abandoned, time.GetElapsedTime(exchange.StartedAt));
    }

    /// <summary>Books a request once: a later call, made when its client left while the answer was written, changes nothing.</summary>
    public void Record(Exchange exchange, Settlement settlement, int status, string? error, bool abandoned)
    {
        if (exchange.IsBooked)
        {
            return;
        }

        exchange.IsBooked = true;
        var attempts = exchange.Attempts;
        var summary = Summarise(exchange, settlement, status, error, abandoned);
        instruments.RequestEnded(exchange, summary, settlement, time.GetElapsedTime(exchange.StartedAt));
        if (attempts.Count == 0)
        {
            Add(Row(exchange, null, 0, summary));
            return;
        }

        for (var i = 0; i < attempts.Count; i++)
        {
            Add(Row(exchange, attempts[i], i + 1, i == attempts.Count - 1 ? summary : null));
        }
    }

    private RequestSummary Summarise(Exchange exchange, Settlement settlement, int status, string? error, bool abandoned)
    {
        var plan = exchange.Plan!;
        var last = exchange.Attempts.Count > 0 ? exchange.Attempts[^1] : null;
        var served = last is { Outcome: OutcomeClass.Ok } ? last : null;
        var first = plan.Candidates.Length > 0 ? plan.Candidates[0].ModelId : null;

        // A broken stream was begun by the first candidate or another: either way nobody answered, and its own reason tells why.
        var reason = served is not null ? exchange.ReasonFirstDidNotServe
            : last is { Partial: true } ? last.Reason
            : exchange.FallbackReason;
        return new RequestSummary
        {
            Requested = exchange.Requested,
            Served = served?.ModelId,
            ServedType = served?.Endpoint.Type,
            HadCustom = plan.HadCustom,
            Degraded = exchange.Degraded,
            FallbackFrom = served is not null && exchange.CurrentIndex > 0 ? first : null,
            FallbackReason = reason,
            Abandoned = abandoned,
            Status = status,
            Cost = settlement.Cost ?? Money.Zero,
            Baseline = settlement.Cost is null ? null : settlement.Baseline,
            BaselineModel = settlement.BaselineModel,
            DurationMs = (int)Math.Min(int.MaxValue, time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds),
            FirstContentMs = exchange.FirstContentMs,
            Tags = exchange.Options.Tags,
            PlanHash = plan.Hash,
            Plan = PlanIfNew(plan),
            Skipped = exchange.Skipped?.ToArray(),
            Error = error,
        };
    }

    private PlanEntry[]? PlanIfNew(RoutePlan plan)
    {
        if (_sentPlans.ContainsKey(plan.Hash))
        {
            return null;
        }

        if (_sentPlans.Count >= MaxKnownPlans)
        {
            _sentPlans.Clear();
        }

        _sentPlans.TryAdd(plan.Hash, 0);
        return Array.ConvertAll(plan.Candidates, c => new PlanEntry
        {
            ModelId = c.ModelId,
            Type = c.Type,
            Owner = c.Owner,
            Eligible = c.Eligible,
            Reason = c.Reason,
        });
    }

    private UsageRecord Row(Exchange exchange, AttemptRecord? attempt, int number, RequestSummary? summary) => new()
    {
        AttemptId = $"{exchange.RequestId}.{number}",
        RequestId = exchange.RequestId,
        AttemptNumber = number,
        At = attempt?.EndedAt ?? time.GetUtcNow(),
        Tenant = exchange.Caller.Tenant.Value,
        User = exchange.User.Value,
        KeyId = exchange.Caller.Key.KeyId,
        Endpoint = attempt?.Endpoint.Key ?? "",
        ModelId = attempt?.ModelId ?? "",
        Model = attempt?.Model ?? "",
        Type = attempt?.Endpoint.Type ?? EndpointType.Custom,
        Outcome = attempt?.Outcome ?? OutcomeClass.Abandoned,
        Reason = attempt?.Reason ?? FailureReason.None,
        Status = attempt?.Status ?? 0,
        Partial = attempt?.Partial ?? false,
        FirstContentMs = attempt?.FirstContentMs,
        DurationMs = attempt?.DurationMs ?? 0,
        Tokens = attempt?.Tokens ?? default,
        Cost = attempt?.Cost ?? Money.Zero,
        PriceVersion = attempt?.Price?.Version,
        Summary = summary,
    };

    private void Add(UsageRecord record)
    {
        if (!queue.TryAdd(record))
        {
            instruments.UsageDropped();
            LogDropped(record.AttemptId);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Usage of attempt {AttemptId} was dropped: the queue is far beyond its bound")]
    private partial void LogDropped(string attemptId);
}
