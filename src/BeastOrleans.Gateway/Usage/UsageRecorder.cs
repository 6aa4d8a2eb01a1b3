using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Core.Usage.Spool;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Events;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Gateway.Usage.Budgets;
using BeastOrleans.Gateway.Usage.Spool;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Keeps the books of an exchange: one row per attempt, the last with the request's summary. Each attempt is written down
/// twice, before it connects and when it has ended, so that a killed process leaves no call unbooked.
/// <code>
///   Begin (INTENT) ──> Progress every 5 s of a stream ──> the next Begin, or Record (SETTLE) ──> queue ──> ledger
/// </code>
/// </summary>
internal sealed partial class UsageRecorder(
    UsageQueue queue, UsageSpool spool, UsageSerializer serializer, BudgetLeases budgets, GatewayInstruments instruments, EventFeed events, TimeProvider time, ILogger<UsageRecorder> logger)
{
    /// <summary>What a row says of a request whose gateway was killed.</summary>
    public const string UnknownEnd = "The gateway was killed before this attempt had ended: it is booked at the most that it can have cost.";

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private readonly SentPlans _sentPlans = new(time);

    public bool IsFull => queue.IsFull;

    /// <summary>
    /// Writes down that an attempt is about to connect. The one before it has failed and is known not to be the last: it is
    /// settled now.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">It cannot be written down, so it must not be made.</exception>
    public async ValueTask BeginAsync(Exchange exchange, PlanCandidate candidate, EndpointDescriptor target)
    {
        var reservation = exchange.Reservation;
        var unknown = UnknownRow(exchange, candidate, target, reservation?.Uses, reservation?.Worst ?? WorstOf(exchange, candidate));
        if (!spool.TryAppend(SpoolFrameKind.Intent, default, serializer.Write(unknown), out var place))
        {
            throw new LedgerUnavailableException();
        }

        // From here on it is the row's.
        exchange.TakeReservation();
        var before = exchange.Open;
        exchange.Open = new OpenAttempt(place, unknown) { ProgressAt = time.GetTimestamp() };
        if (before is not null)
        {
            // On its way only with the request's last row: whoever finds a request in the ledger finds the whole of it.
            (exchange.Settled ??= []).Add(Settle(EndOf(exchange, before, summary: null), before));
        }

        if (!await spool.FlushedAsync())
        {
            // It is not made, so it costs nothing: said now, before anybody takes it for one whose end was not seen.
            var open = exchange.Open;
            exchange.Open = null;
            (exchange.Settled ??= []).Add(Settle(NotMade(open.Unknown), open));
            throw new LedgerUnavailableException("The usage spool could not be brought to the disk.");
        }
    }

    /// <summary>It is time to write down how far the attempt has come.</summary>
    public bool IsProgressDue(Exchange exchange, long now) =>
        exchange.Open is { } open && time.GetElapsedTime(open.ProgressAt, now) >= ProgressEvery;

    /// <summary>Writes down how far the attempt has come: a better estimate, should its end never be seen.</summary>
    public void Progress(Exchange exchange, long now, TokenUsage tokens)
    {
        if (exchange.Open is { } open)
        {
            open.ProgressAt = now;
            Span<byte> payload = stackalloc byte[ProgressCodec.Bytes];
            ProgressCodec.Write(payload, tokens);

            // Without room for it the estimate stays as it was.
            spool.TryAppend(SpoolFrameKind.Progress, open.Intent, payload, out _);
        }
    }

    /// <summary>Books a request that ended without an answer.</summary>
    public ValueTask RecordAsync(Exchange exchange, int status, string? error, bool abandoned)
    {
        if (exchange.Plan is { } plan)
        {
            return RecordAsync(exchange, Settlement.Of(plan, exchange.Attempts), status, error, abandoned);
        }

        // Without a plan there is nothing to book: the selector did not answer, or the books themselves are full.
        instruments.RequestUnplanned(abandoned, time.GetElapsedTime(exchange.StartedAt));
        return default;
    }

    /// <summary>Books a request once: a later call, made when its client left while the answer was written, changes nothing.</summary>
    public async ValueTask RecordAsync(Exchange exchange, Settlement settlement, int status, string? error, bool abandoned)
    {
        if (exchange.IsBooked)
        {
            return;
        }

        exchange.IsBooked = true;
        var summary = Summarise(exchange, settlement, status, error, abandoned);
        instruments.RequestEnded(exchange, summary, settlement, time.GetElapsedTime(exchange.StartedAt));
        if (events.IsHeard)
        {
            events.RequestEnded(exchange, summary);
        }

        var open = exchange.Open;
        exchange.Open = null;

        // Attempt 0 stands for a request without an attempt, or one whose attempts are all settled already.
        var last = Settle(open is null ? Row(exchange, null, 0, summary) : EndOf(exchange, open, summary), open);
        foreach (var earlier in exchange.Settled ?? [])
        {
            queue.Add(earlier);
        }

        queue.Add(last);

        // What the disk refuses is in the page cache and in the queue all the same; the keeper says so, loudly.
        await spool.FlushedAsync();
    }

    private UsageRecord EndOf(Exchange exchange, OpenAttempt open, RequestSummary? summary)
    {
        // Begun and never noted: a defect of ours broke it off, and nobody knows what the upstream has charged.
        return open.Number > exchange.Attempts.Count
            ? open.Unknown with { At = time.GetUtcNow(), Summary = summary }
            : Row(exchange, exchange.Attempts[open.Number - 1], open.Number, summary) is var row && open.Unknown.Leases is { } leases
            ? row with { Leases = leases, Overrun = row.Cost > open.Unknown.Cost ? row.Cost - open.Unknown.Cost : Money.Zero }
            : row;
    }

    private UsageRecord NotMade(UsageRecord unknown) =>
        unknown with { Kind = RowKind.Settled, At = time.GetUtcNow(), Tokens = default, Cost = Money.Zero, Summary = null };

    private SpooledRow Settle(UsageRecord row, OpenAttempt? open)
    {
        var intent = open?.Intent ?? default;
        spool.TryAppend(SpoolFrameKind.Settle, intent, serializer.Write(row), out var place);
        if (place.Segment is null)
        {
            LogNotSpooled(row.AttemptId);
        }

        budgets.Settled(row);

        return new SpooledRow(row, place, intent);
    }

    /// <summary>The most that an attempt of this exchange at a candidate can cost.</summary>
    public static WorstCost WorstOf(Exchange exchange, PlanCandidate candidate) => WorstCost.Of(
        exchange.Request.PromptBytes, exchange.Request.Choices, exchange.Request.MaxOutputTokens, candidate.MaxOutputTokens, candidate.Price);

    private UsageRecord UnknownRow(Exchange exchange, PlanCandidate candidate, EndpointDescriptor target, LeaseUse[]? leases, WorstCost worst)
    {
        var plan = exchange.Plan!;
        var number = exchange.Attempts.Count + 1;
        Money? cost = candidate.Price is null ? null : worst.Cost;
        foreach (var attempt in exchange.Attempts)
        {
            cost = attempt.Price is null && attempt.Tokens.Source != UsageSource.None ? null : cost + attempt.Cost;
        }

        return new UsageRecord
        {
            AttemptId = $"{exchange.RequestId}.{number}",
            RequestId = exchange.RequestId,
            AttemptNumber = number,
            At = time.GetUtcNow(),
            Tenant = exchange.Caller.Tenant.Value,
            User = exchange.User.Value,
            KeyId = exchange.Caller.Key.KeyId,
            Endpoint = target.Key,
            ModelId = candidate.ModelId,
            Model = target.Model,
            Type = target.Type,
            Outcome = OutcomeClass.Abandoned,
            Reason = FailureReason.None,
            DurationMs = 0,
            Tokens = worst.Tokens,
            Cost = worst.Cost,
            PriceVersion = candidate.Price?.Version,
            Kind = RowKind.Unknown,
            Leases = leases,
            Tags = exchange.Options.Tags,
            Summary = new RequestSummary
            {
                Requested = exchange.Requested,
                HadCustom = plan.HadCustom,
                Degraded = exchange.Degraded,

                // Neither success nor failure: nobody knows.
                Abandoned = true,
                Status = 0,
                Cost = cost ?? Money.Zero,
                DurationMs = (int)Math.Min(int.MaxValue, time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds),
                Tags = exchange.Options.Tags,
                PlanHash = plan.Hash,
                Plan = _sentPlans.Knows(plan.Hash) ? null : EntriesOf(plan),
                Skipped = exchange.Skipped?.ToArray(),
                Error = UnknownEnd,
            },
        };
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
            CustomCost = served is not null ? settlement.CustomCost : null,
            DurationMs = (int)Math.Min(int.MaxValue, time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds),
            FirstContentMs = exchange.FirstContentMs,
            Tags = exchange.Options.Tags,
            PlanHash = plan.Hash,
            Plan = _sentPlans.Add(plan.Hash) ? EntriesOf(plan) : null,
            Skipped = exchange.Skipped?.ToArray(),
            Error = error,
        };
    }

    private static PlanEntry[] EntriesOf(RoutePlan plan) => Array.ConvertAll(plan.Candidates, c => new PlanEntry
    {
        ModelId = c.ModelId,
        Type = c.Type,
        Owner = c.Owner,
        Eligible = c.Eligible,
        Reason = c.Reason,
    });

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
        Tags = exchange.Options.Tags,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of attempt {AttemptId} found no room in the usage spool: it is kept in memory until the ledger has it")]
    private partial void LogNotSpooled(string attemptId);
}
