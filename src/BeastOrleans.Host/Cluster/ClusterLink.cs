using BeastOrleans.Gateway;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// A gateway's connection to the silos. It begins beside the start, so that a gateway that comes up before its silos listens,
/// says that it is not ready, and answers 503 until one is there. Orleans itself reconnects afterwards, for ever.
/// </summary>
internal sealed partial class ClusterLink(IClusterClient client, ClusterReach reach, TimeProvider time, ILogger<ClusterLink> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _connecting = Task.CompletedTask;
    private bool _told;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = ConnectAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (reach.IsOpen)
        {
            await Service.StopAsync(cancellationToken);
        }
    }

    /// <summary>Orleans' question after each failed try to connect; the answer is always to go on.</summary>
    public async Task<bool> RetryAsync(Exception failure, CancellationToken cancellationToken)
    {
        if (!_told)
        {
            _told = true;
            LogWaiting(failure.Message);
        }

        await Task.Delay(RetryAfter, time, cancellationToken);
        return true;
    }

    public void Dispose() => _stopping.Dispose();

    // Orleans registers its client as a hosted service of its own; that one is taken out, since it would hold up the start.
    private IHostedService Service => (IHostedService)client;

    private async Task ConnectAsync()
    {
        await Task.Yield();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Service.StartAsync(_stopping.Token);
                reach.Open();
                LogConnected();
                return;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                LogFailed(e);
                await Task.Delay(RetryAfter, time, _stopping.Token);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No silo answers yet; trying for ever ({Why})")]
    private partial void LogWaiting(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the cluster")]
    private partial void LogConnected();

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to the cluster could not be made; trying again")]
    private partial void LogFailed(Exception exception);
}
