using System.Globalization;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Run;

/// <summary>One run of <see cref="Traffic"/> under the eyes of a real Prometheus and a real Alertmanager, for all tests that look at it.</summary>
public sealed class ObservedRun : IAsyncLifetime
{
    /// <summary>At least this long: probes come every 10 s, circuits reopen, rates need a window.</summary>
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(45);

    private readonly WorkingDirectory _directory = new();
    private readonly Traffic _traffic = new();
    private PrometheusServer? _prometheus;
    private Daemon? _alertmanager;
    private Webhook? _hook;

    internal PrometheusServer Prometheus => _prometheus!;

    internal Webhook Hook => _hook!;

    internal string AlertmanagerOutput => _alertmanager!.Output;

    public DateTimeOffset From { get; private set; }

    public DateTimeOffset To { get; private set; }

    public async Task InitializeAsync()
    {
        _hook = await Webhook.StartAsync();
        var alertmanagerPort = BeastServer.FreePorts(1)[0];
        var config = (await File.ReadAllTextAsync(Path.Combine(Shipped.Prometheus, "alertmanager.yml")))
            .Replace("http://127.0.0.1:9095", _hook.Url, StringComparison.Ordinal)
            .Replace("group_wait: 5s", "group_wait: 1s", StringComparison.Ordinal)
            .Replace("group_wait: 10s", "group_wait: 1s", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "alertmanager.yml"), config);
        _alertmanager = new Daemon(
            "prometheus-alertmanager",
            $"--config.file={_directory.Path}/alertmanager.yml",
            $"--storage.path={_directory.Path}/alertmanager",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{alertmanagerPort}"),
            "--cluster.listen-address=");

        await _traffic.StartAsync();
        _prometheus = await PrometheusServer.StartAsync(_directory.Path, alertmanagerPort, [.. _traffic.Targets]);
        From = TimeProvider.System.GetUtcNow();
        using var stop = new CancellationTokenSource();
        var rounds = KeepAskingAsync(stop.Token);
        await Eventually.IsTrueAsync(
            "the run was long enough, and the probes came",
            async () => TimeProvider.System.GetUtcNow() - From >= AtLeast && await Prometheus.QueryAsync("sum(beast_probes_total) > 1") is not null,
            TimeSpan.FromMinutes(4));
        await _traffic.LockDatabaseAsync(async () => await Prometheus.QueryAsync("sum(beast_storage_errors_total) > 0 and sum(orleans_storage_write_errors_total) > 1") is not null);
        await stop.CancelAsync();
        await rounds;
        To = TimeProvider.System.GetUtcNow();
    }

    /// <summary>Two rounds a second at most: load that leaves the machine to others too.</summary>
    private async Task KeepAskingAsync(CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (!stop.IsCancellationRequested)
        {
            await _traffic.RoundAsync();
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async Task DisposeAsync()
    {
        await _traffic.DisposeAsync();
        if (_prometheus is not null)
        {
            await _prometheus.DisposeAsync();
        }

        if (_alertmanager is not null)
        {
            await _alertmanager.DisposeAsync();
        }

        if (_hook is not null)
        {
            await _hook.DisposeAsync();
        }

        _directory.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class ObservedRunCollection : ICollectionFixture<ObservedRun>
{
    public const string Name = "observed run";
}
