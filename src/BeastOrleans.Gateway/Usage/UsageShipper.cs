using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Usage.Spool;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Ships usage to the ledger in batches, each until it is acknowledged: appending is idempotent, so a batch whose
/// fate is unknown is simply sent again. A stop ships what it can; the rest stays in the spool for the next start.
/// </summary>
internal sealed partial class UsageShipper(
    UsageQueue queue,
    UsageSpool spool,
    IGrainFactory grains,
    GatewayInstruments instruments,
    IEnumerable<IUsageAcknowledged> listeners,
    ClusterReach reach,
    TimeProvider time,
    ILogger<UsageShipper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a stop waits for the ledger.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private readonly IUsageAcknowledged[] _listeners = [.. listeners];
    private readonly PoisonFile _poison = new(spool.DirectoryPath);
    private readonly List<SpooledRow> _taken = new(ILedgerWriterGrain.MaxBatch);
    private bool _leasesClosed;

    /// <summary>Waits for the drain whatever the host's own patience says: open streams may have used it up, and rows are not to be lost.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(CancellationToken.None);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var drain = new CancellationTokenSource();
        await using var limit = stoppingToken.Register(() => drain.CancelAfter(DrainLimit));
        try
        {
            // What an earlier start left waits until there is somebody to ship it to.
            await reach.WaitAsync(stoppingToken);
            await ShipAllAsync(drain.Token);
            while (await queue.WaitAsync(stoppingToken))
            {
                await ShipAllAsync(drain.Token);
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The web server has stopped by now: what is queued is all there will be.
        }

        try
        {
            await (reach.IsOpen ? ShipAllAsync(drain.Token) : Task.CompletedTask);
        }
        catch (OperationCanceledException)
        {
            LogLeft(queue.Depth);
        }
    }

    private async Task ShipAllAsync(CancellationToken cancellationToken)
    {
        while (TakeBatch() is { } batch)
        {
            var sifter = new BatchSifter(batch);
            while (sifter.Next() is { } part)
            {
                if (await TryShipAsync(part, cancellationToken))
                {
                    sifter.Succeeded();
                    await CloseEarlierLeasesAsync(cancellationToken);
                    continue;
                }

                if (sifter.Failed(part) is { } poison)
                {
                    SetAside(poison);
                    continue;
                }

                await Task.Delay(sifter.Delay(MaxDelay, Random.Shared.NextDouble()), time, cancellationToken);
                if (sifter.WantsCompany && TakeBatch() is { } company)
                {
                    sifter.Add(company);
                }
            }
        }

        await CloseEarlierLeasesAsync(cancellationToken);
    }

    private ShipmentPart? TakeBatch()
    {
        _taken.Clear();
        var records = new List<UsageRecord>(ILedgerWriterGrain.MaxBatch);
        while (records.Count < ILedgerWriterGrain.MaxBatch && queue.TryTake(out var row))
        {
            if ((row.Record ?? spool.Read(row.Settle.Segment is null ? row.Intent : row.Settle)) is { } record)
            {
                records.Add(record);
                _taken.Add(row with { Record = null });
                continue;
            }

            // Its segment stays, for people and for a version that can read it.
            instruments.UsageDropped();
            queue.Settled([row]);
            LogUnreadable();
        }

        return records.Count == 0 ? null : new ShipmentPart([.. records], [.. _taken]);
    }

    private async Task<bool> TryShipAsync(ShipmentPart part, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ILedgerWriterGrain>(0).AppendAsync(part.Records).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogAppendFailed(e, part.Records.Length);
            return false;
        }

        foreach (var listener in _listeners)
        {
            listener.OnAcknowledged(part.Records);
        }

        spool.Acknowledge(part.Rows);
        queue.Settled(part.Rows);
        return true;
    }

    private void SetAside(ShipmentPart poison)
    {
        _poison.Add(poison.Records[0]);
        instruments.UsageDropped();
        LogPoison(poison.Records[0].AttemptId, _poison.Path);
        spool.Acknowledge(poison.Rows);
        queue.Settled(poison.Rows);
    }

    /// <summary>Once the ledger has all that earlier starts spent, their leases are worth nothing to anybody.</summary>
    private async Task CloseEarlierLeasesAsync(CancellationToken cancellationToken)
    {
        if (_leasesClosed || queue.RecoveredLeft > 0)
        {
            return;
        }

        try
        {
            var closed = await grains.GetGrain<ILedgerWriterGrain>(0).CloseLeasesAsync(spool.Identity.Gateway, spool.Identity.Epoch).WaitAsync(cancellationToken);
            _leasesClosed = true;
            LogLeasesClosed(closed);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Tried again after the next batch; until then they only hold money back.
            LogLeasesNotClosed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger did not take a batch of {Count}; it is sent again")]
    private partial void LogAppendFailed(Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} usage records stay in the spool: the next start on this data directory ships them")]
    private partial void LogLeft(int count);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A usage record in the spool cannot be read")]
    private partial void LogUnreadable();

    [LoggerMessage(Level = LogLevel.Critical, Message = "The ledger refuses the row of attempt {AttemptId} and takes others: it was put aside in {Path}")]
    private partial void LogPoison(string attemptId, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} leases of earlier starts are closed")]
    private partial void LogLeasesClosed(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of earlier starts could not be closed yet")]
    private partial void LogLeasesNotClosed(Exception exception);
}
