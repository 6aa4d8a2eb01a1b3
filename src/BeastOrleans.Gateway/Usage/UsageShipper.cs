using BeastOrleans.Contracts.Usage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Ships usage to the ledger in batches, each until it is acknowledged: appending is idempotent, so a batch whose
/// fate is unknown is simply sent again. A clean stop ships what is left before the process ends.
/// </summary>
internal sealed partial class UsageShipper(UsageQueue queue, IGrainFactory grains, TimeProvider time, ILogger<UsageShipper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a stop waits for the ledger.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(15);

    private readonly ResiliencePipeline _untilAcknowledged = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
            UseJitter = true,
            OnRetry = arguments =>
            {
                LogAppendFailed(logger, arguments.Outcome.Exception, arguments.AttemptNumber);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <summary>Waits for the drain whatever the host's own patience says: open streams may have used it up, and rows are not to be lost.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(CancellationToken.None);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var drain = new CancellationTokenSource();
        await using var limit = stoppingToken.Register(() => drain.CancelAfter(DrainLimit));
        var batch = new List<UsageRecord>(ILedgerWriterGrain.MaxBatch);
        try
        {
            while (await queue.WaitAsync(stoppingToken))
            {
                await ShipAllAsync(batch, drain.Token);
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The web server has stopped by now: what is queued is all there will be.
        }

        try
        {
            await ShipAllAsync(batch, drain.Token);
        }
        catch (OperationCanceledException)
        {
            LogNotShipped(queue.Depth);
        }
    }

    private async Task ShipAllAsync(List<UsageRecord> batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (batch.Count < ILedgerWriterGrain.MaxBatch && queue.TryTake(out var record))
            {
                batch.Add(record);
            }

            if (batch.Count == 0)
            {
                return;
            }

            var records = batch.ToArray();
            await _untilAcknowledged.ExecuteAsync(
                static async (state, token) => await state.Writer.AppendAsync(state.Records).WaitAsync(token),
                (Writer: grains.GetGrain<ILedgerWriterGrain>(0), Records: records),
                cancellationToken);
            queue.Settled(records.Length);
            batch.Clear();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger did not take a batch (try {Attempt}); it is sent again")]
    private static partial void LogAppendFailed(ILogger logger, Exception? exception, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} usage records could not be shipped before the process had to end")]
    private partial void LogNotShipped(int count);
}
