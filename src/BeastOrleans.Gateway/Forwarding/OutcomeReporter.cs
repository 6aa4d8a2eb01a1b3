using System.Threading.Channels;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Directory;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Tells endpoint grains how attempts ended: successes folded into one report per endpoint every quarter of a
/// second, everything else at once. Each reply carries the circuit as it is afterwards.
/// </summary>
internal sealed partial class OutcomeReporter(IGrainFactory grains, EndpointDirectory directory, TimeProvider time, ILogger<OutcomeReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Reports waiting; beyond it the oldest is dropped: a circuit lives on recent outcomes.</summary>
    private const int Capacity = 10_000;

    /// <summary>Reports in one call.</summary>
    private const int MaxBatch = 256;

    private readonly Channel<(EndpointEntry Entry, OutcomeReport Report)> _urgent =
        Channel.CreateBounded<(EndpointEntry, OutcomeReport)>(new BoundedChannelOptions(Capacity)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
            SingleReader = true,
        });

    public void Report(EndpointEntry entry, AdmissionTicket ticket, in AttemptResult result, Exchange exchange, int number)
    {
        if (result.Record.Outcome == OutcomeClass.Ok && ticket.PermitId is null)
        {
            entry.AddSuccess(ticket.Generation);
            return;
        }

        // Neutral outcomes without a permit change nothing, except that a wrong configuration earns its badge.
        if (result.Record.Outcome is OutcomeClass.Abandoned or OutcomeClass.Caller or OutcomeClass.Context && ticket.PermitId is null)
        {
            return;
        }

        _urgent.Writer.TryWrite((entry, new OutcomeReport
        {
            AttemptId = $"{exchange.RequestId}.{number}",
            Generation = ticket.Generation,
            PermitId = ticket.PermitId,
            Outcome = result.Record.Outcome,
            Reason = result.Record.Reason,
            RetryAfter = result.Record.RetryAfter,
            DescriptorVersion = entry.Descriptor.Version,
        }));
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
                Send(entry, [.. reports]);
            }

            batches.Clear();
        }
    }

    private async Task SendSuccessesAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (_, entry) in directory.Entries)
            {
                if (entry.TakeSuccesses() is { Count: > 0 } successes)
                {
                    Send(entry, [Folded(successes, entry)]);
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

    // Not awaited: a slow silo delays its own endpoints only. The grain call's own time limit bounds each.
    private async void Send(EndpointEntry entry, OutcomeReport[] reports)
    {
        try
        {
            entry.Merge(await grains.GetGrain<IEndpointGrain>(entry.Descriptor.Key).ReportAsync(reports));
        }
        catch (Exception e)
        {
            LogReportFailed(e, entry.Descriptor.Key, reports.Length);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outcomes of {Endpoint} could not be reported")]
    private partial void LogReportFailed(Exception exception, string endpoint, int count);
}
