using System.Threading.Channels;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Tells endpoint grains how attempts ended: successes folded into one report per endpoint every quarter of a
/// second, everything else at once. Each reply carries the circuit as it is afterwards. Until a failure is acknowledged
/// this process's own circuit counts it too.
/// </summary>
internal sealed partial class OutcomeReporter : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Reports waiting; beyond it the oldest is dropped: a circuit lives on recent outcomes.</summary>
    private const int Capacity = 10_000;

    /// <summary>Reports in one call.</summary>
    private const int MaxBatch = 256;

    /// <summary>Batches sent and not answered; beyond it a batch is given up unsent.</summary>
    private const int MaxInFlight = 4_096;

    private readonly IGrainFactory _grains;
    private readonly EndpointDirectory _directory;
    private readonly TimeProvider _time;
    private readonly ILogger<OutcomeReporter> _logger;
    private readonly Channel<(EndpointEntry Entry, OutcomeReport Report)> _urgent;
    private readonly ResiliencePipeline _delivery;
    private int _inFlight;

    public OutcomeReporter(IGrainFactory grains, EndpointDirectory directory, TimeProvider time, ILogger<OutcomeReporter> logger)
    {
        _grains = grains;
        _directory = directory;
        _time = time;
        _logger = logger;
        _urgent = Channel.CreateBounded<(EndpointEntry Entry, OutcomeReport Report)>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            static dropped => dropped.Entry.GiveUp(CountBlame([dropped.Report])));

        // Safe to send again: a failure counts once by its attempt's id, a permit is used up once. At most about 10 s in all:
        // what is older than that says little, and the local circuit stays engaged until the grain is heard.
        _delivery = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<OrleansException>().Handle<TimeoutException>().Handle<TimeoutRejectedException>(),
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(250),
                UseJitter = true,
            })
            .AddTimeout(TimeSpan.FromSeconds(2))
            .Build();
    }

    public void Report(EndpointEntry entry, AdmissionTicket ticket, in AttemptResult result, Exchange exchange, int number)
    {
        var outcome = result.Record.Outcome;
        var permit = ticket.Permit is { } held && held.TrySpend() ? held : null;
        if (permit is null)
        {
            if (outcome == OutcomeClass.Ok && !entry.Local.IsEngaged)
            {
                entry.AddSuccess(ticket.Generation);
                return;
            }

            // Neutral outcomes without a permit change nothing, except that a wrong configuration earns its badge.
            if (IsNeutral(outcome))
            {
                return;
            }
        }

        Conclude(entry, ticket.LocalGeneration, permit, new OutcomeReport
        {
            AttemptId = $"{exchange.RequestId}.{number}",
            Generation = ticket.Generation,
            Outcome = outcome,
            Reason = result.Record.Reason,
            RetryAfter = result.Record.RetryAfter,

            // Of what was called: the key may have been changed meanwhile.
            DescriptorVersion = result.Record.Endpoint.Version,
        });
    }

    /// <summary>Ends a permit apart from its attempt's outcome; does nothing when it was spent before.</summary>
    /// <param name="outcome"><see cref="OutcomeClass.Abandoned"/> gives it back, <see cref="OutcomeClass.Ok"/> is a probe that has proven enough.</param>
    public void Settle(EndpointEntry entry, HeldPermit permit, OutcomeClass outcome)
    {
        if (permit.TrySpend())
        {
            Conclude(entry, permit.Generation, permit, new OutcomeReport
            {
                AttemptId = permit.Id,
                Generation = permit.IsLocal ? entry.Circuit.Generation : permit.Generation,
                Outcome = outcome,
                DescriptorVersion = entry.Descriptor.Version,
            });
        }
    }

    /// <summary>What is certain not to have been sent needs no permit any more.</summary>
    public void GiveBack(EndpointEntry entry, AdmissionTicket ticket)
    {
        if (ticket.Permit is { } permit)
        {
            Settle(entry, permit, OutcomeClass.Abandoned);
        }
    }

    // To this process's own circuit first, so that the next request knows; then to the grain.
    private void Conclude(EndpointEntry entry, long localGeneration, HeldPermit? permit, OutcomeReport report)
    {
        var isLocal = permit is { IsLocal: true };
        if (isLocal || CircuitBreaker.IsBlame(report.Outcome) || entry.Local.IsEngaged)
        {
            entry.Conclude(report with { Generation = localGeneration, PermitId = isLocal ? permit!.Id : null }, _time.GetUtcNow());
        }

        if (permit is { IsLocal: false })
        {
            _urgent.Writer.TryWrite((entry, report with { PermitId = permit.Id, Generation = permit.Generation }));
        }
        else if (report.Outcome == OutcomeClass.Ok)
        {
            entry.AddSuccess(report.Generation);
        }
        else if (!IsNeutral(report.Outcome))
        {
            _urgent.Writer.TryWrite((entry, report));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(SendUrgentAsync(stoppingToken), SendSuccessesAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Circuits are soft state: what is unsent at a stop is not missed.
        }
    }

    private async Task SendUrgentAsync(CancellationToken stoppingToken)
    {
        var batches = new Dictionary<EndpointEntry, List<OutcomeReport>>();
        while (await _urgent.Reader.WaitToReadAsync(stoppingToken))
        {
            _isBatching = true;
            var taken = 0;
            while (taken < MaxBatch && _urgent.Reader.TryRead(out var item))
            {
                if (!batches.TryGetValue(item.Entry, out var reports))
                {
                    batches.Add(item.Entry, reports = []);
                }

                // Earlier successes go first, so that they do not undo what this failure says.
                if (item.Entry.TakeSuccesses() is { Count: > 0 } successes)
                {
                    reports.Add(Folded(successes, item.Entry));
                }

                reports.Add(item.Report);
                taken++;
            }

            foreach (var (entry, reports) in batches)
            {
                // Not awaited: a slow silo delays its own endpoints only. Each is bounded in time, all are in number.
                _ = DeliverAsync(entry, [.. reports], stoppingToken);
            }

            batches.Clear();
            _isBatching = false;
        }
    }

    private async Task SendSuccessesAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (_, entry) in _directory.Entries)
            {
                if (entry.TryBeginSuccesses())
                {
                    _ = DeliverSuccessesAsync(entry, stoppingToken);
                }
            }
        }
    }

    private static OutcomeReport Folded((long Generation, int Count) successes, EndpointEntry entry) => new()
    {
        AttemptId = "",
        Generation = successes.Generation,
        Outcome = OutcomeClass.Ok,
        Count = successes.Count,
        DescriptorVersion = entry.Descriptor.Version,
    };

    private async Task DeliverSuccessesAsync(EndpointEntry entry, CancellationToken stoppingToken)
    {
        try
        {
            if (entry.TakeSuccesses() is { Count: > 0 } successes)
            {
                await DeliverAsync(entry, [Folded(successes, entry)], stoppingToken);
            }
        }
        finally
        {
            entry.EndSuccesses();
        }
    }

    // Never throws.
    private async Task DeliverAsync(EndpointEntry entry, OutcomeReport[] reports, CancellationToken stoppingToken)
    {
        var blame = CountBlame(reports);
        try
        {
            if (Interlocked.Increment(ref _inFlight) > MaxInFlight)
            {
                throw new InvalidOperationException("Too many reports are under way.");
            }

            var grain = _grains.GetGrain<IEndpointGrain>(entry.Descriptor.Key);
            var circuit = await SendAsync(grain, reports, stoppingToken);
            entry.Heard(circuit, _time.GetTimestamp(), blame);
        }
        catch (Exception e)
        {
            entry.GiveUp(blame);
            if (!stoppingToken.IsCancellationRequested)
            {
                LogReportFailed(e, Wire.Of(entry.Descriptor.Type), reports.Length);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async ValueTask<CircuitSnapshot> SendAsync(IEndpointGrain grain, OutcomeReport[] reports, CancellationToken stoppingToken)
    {
        // Folded successes carry no id: sent twice they would count twice, so they get one try and are not missed.
        var repeatable = Array.FindAll(reports, static report => report.AttemptId.Length > 0);
        if (repeatable.Length == 0)
        {
            return await grain.ReportAsync(reports).WaitAsync(stoppingToken);
        }

        var next = reports;
        return await _delivery.ExecuteAsync(
            async token =>
            {
                var sending = grain.ReportAsync(next);
                next = repeatable;
                return await sending.WaitAsync(token);
            },
            stoppingToken);
    }

    private static bool IsNeutral(OutcomeClass outcome) => outcome is OutcomeClass.Abandoned or OutcomeClass.Caller or OutcomeClass.Context;

    private static int CountBlame(ReadOnlySpan<OutcomeReport> reports)
    {
        var count = 0;
        foreach (var report in reports)
        {
            count += CircuitBreaker.IsBlame(report.Outcome) ? 1 : 0;
        }

        return count;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outcomes of a {Type} endpoint could not be reported")]
    private partial void LogReportFailed(Exception exception, string type, int count);
}
