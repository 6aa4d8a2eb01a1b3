using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Stages;

/// <summary>The real executable as a child: own ports, own data directory, default settings otherwise.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const int MaxLogLines = 200;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly Queue<string> _log = new();
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, UseCookies = false };

    private GatewayProcess(DirectoryInfo directory, int[] ports, string adminKey)
    {
        _directory = directory;
        AdminKey = adminKey;
        Http = new HttpClient(_handler) { BaseAddress = new Uri($"http://127.0.0.1:{ports[0]}"), Timeout = Timeout.InfiniteTimeSpan };
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = directory.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in Arguments(directory, ports, adminKey))
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string AdminKey { get; }

    /// <summary>Carries no key and no limit of time: each call has its own.</summary>
    public HttpClient Http { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it printed last, for when something is wrong.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    public static async Task<GatewayProcess> StartAsync()
    {
        var gateway = new GatewayProcess(
            Directory.CreateTempSubdirectory("beast-failover-"), BeastServer.FreePorts(4), Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
        try
        {
            await Eventually.IsTrueAsync("the gateway listens", () => gateway.IsListeningAsync(), StartLimit);
            return gateway;
        }
        catch
        {
            await Console.Error.WriteLineAsync(gateway.Log);
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Bytes that the process holds in memory now, by the kernel's word.</summary>
    public long ReadResidentBytes()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
        _handler.Dispose();
        _directory.Delete(recursive: true);
    }

    private static string[] Arguments(DirectoryInfo directory, int[] ports, string adminKey) =>
    [
        Path.Combine(AppContext.BaseDirectory, "BeastOrleans.Host.dll"),
        string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{ports[0]}"),
        string.Create(CultureInfo.InvariantCulture, $"--Beast:OperationsPort={ports[1]}"),
        string.Create(CultureInfo.InvariantCulture, $"--Beast:SiloPort={ports[2]}"),
        string.Create(CultureInfo.InvariantCulture, $"--Beast:ClientGatewayPort={ports[3]}"),
        $"--Beast:DataDirectory={Path.Combine(directory.FullName, "data")}",
        $"--Beast:AdminKey={adminKey}",
    ];

    private async Task<bool> IsListeningAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The gateway ended with {_process.ExitCode} at its start.");
        }

        try
        {
            using var response = await Http.GetAsync(new Uri("/v1/models", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException)
        {
            // Nobody listens yet.
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Enqueue(line);
                while (_log.Count > MaxLogLines)
                {
                    _log.Dequeue();
                }
            }
        }
    }
}
