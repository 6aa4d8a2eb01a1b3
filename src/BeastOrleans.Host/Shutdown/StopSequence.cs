using BeastOrleans.Gateway;
using BeastOrleans.Host.Operations;

namespace BeastOrleans.Host.Shutdown;

/// <summary>
/// The beginning of a stop, before any service is stopped: readiness goes off, the wait passes, then the drain's clock runs
/// beside Kestrel's own stop. The order of the rest is the reverse of the start's: Kestrel, books, outcomes, silo.
/// </summary>
internal sealed partial class StopSequence(
    ShutdownTimes times, Readiness readiness, Drain drain, TimeProvider time, ILogger<StopSequence> logger) : IHostedLifecycleService, IDisposable
{
    private ITimer? _limit;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Stop();
        drain.Begin();
        LogStopping(times.Wait.TotalSeconds, times.Drain.TotalSeconds);
        try
        {
            await Task.Delay(times.Wait, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host's patience has ended before ours: on with the stop.
        }

        _limit = time.CreateTimer(_ => EndDrain(), null, times.Drain, Timeout.InfiniteTimeSpan);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _limit?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _limit?.Dispose();

    private void EndDrain()
    {
        LogDrainEnded();
        drain.End();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: not ready from now on; new requests are taken for {Wait} s more, those under way may end for {Drain} s after that")]
    private partial void LogStopping(double wait, double drain);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The drain's limit has passed: what is still under way is ended")]
    private partial void LogDrainEnded();
}
