using BeastOrleans.Contracts.Usage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Usage.Retention;

/// <summary>Wakes the sweeper: every silo does, so that it comes back when the silo that had it is gone.</summary>
internal sealed partial class RetentionKeeper(IGrainFactory grains, TimeProvider time, ILogger<RetentionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The silo starts meanwhile.
            await Task.Delay(First, time, stoppingToken);
            while (true)
            {
                await WakeAsync(stoppingToken);
                await Task.Delay(Every, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task WakeAsync(CancellationToken stoppingToken)
    {
        try
        {
            await grains.GetGrain<IRetentionGrain>(0).WakeAsync().WaitAsync(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogNotWoken(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweeper of aged rows could not be woken; tried again in five minutes")]
    private partial void LogNotWoken(Exception exception);
}
