using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using BeastOrleans.Testing;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>The real executable in a process of its own, with everything that it prints.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    public static readonly string Dll = Path.Combine(AppContext.BaseDirectory, "BeastOrleans.Host.dll");

    private readonly System.Diagnostics.Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly SocketsHttpHandler _handler = new();
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();

    private HostProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Http = new HttpClient(_handler) { Timeout = TimeSpan.FromSeconds(30) };
        _process = new System.Diagnostics.Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    /// <summary>Where metrics and health are; set by whoever starts it with a port of its own.</summary>
    public Uri? Operations { get; set; }

    /// <summary>Until the first line of output.</summary>
    public TimeSpan? FirstLineAfter { get; private set; }

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public bool HasExited => _process.HasExited;

    /// <param name="directory">The working directory.</param>
    public static HostProcess Start(string directory, params string[] arguments) => StartFile("dotnet", directory, [Dll, .. arguments]);

    public static HostProcess StartFile(string file, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(file) { WorkingDirectory = directory };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new HostProcess(start);
    }

    /// <summary>Starts with free ports and waits until it says that it listens.</summary>
    public static async Task<HostProcess> StartReadyAsync(string directory, string[] ports, params string[] more)
    {
        var host = Start(directory, [.. more, .. ports]);
        await host.WaitForOutputAsync("listens on");
        host.Http.BaseAddress = new Uri(ports[0].Split('=')[1]);
        return host;
    }

    public static string[] FreePorts()
    {
        var ports = BeastServer.FreePorts(4);
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{ports[0]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:OperationsPort={ports[1]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:SiloPort={ports[2]}"),
            string.Create(CultureInfo.InvariantCulture, $"--Beast:ClientGatewayPort={ports[3]}"),
        ];
    }

    public async Task WaitForOutputAsync(string text)
    {
        try
        {
            await Eventually.IsTrueAsync($"the process prints '{text}'", () => Output.Contains(text, StringComparison.Ordinal) || HasExited, TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Output}\n{Errors}", e);
        }

        if (!Output.Contains(text, StringComparison.Ordinal))
        {
            await _process.WaitForExitAsync();
            throw new InvalidOperationException($"The process ended with {_process.ExitCode}:\n{Output}\n{Errors}");
        }
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing in the process runs after it.</summary>
    public Task<int> KillAsync()
    {
        _process.Kill();
        return WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <param name="name">As <c>kill</c> names it: TERM, STOP, CONT.</param>
    public async Task SignalAsync(string name)
    {
        await using var kill = StartFile("kill", Path.GetTempPath(), "-" + name, _process.Id.ToString(CultureInfo.InvariantCulture));
        await kill.WaitForExitAsync();
    }

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, string key, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
        {
            request.Content = body is string text ? new StringContent(text) : JsonContent.Create(body);
        }

        using var response = await Http.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
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
    }

    private void Append(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            FirstLineAfter ??= TimeProvider.System.GetElapsedTime(_startedAt);
            lock (to)
            {
                to.AppendLine(line);
            }
        }
    }

    private static string Read(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }
}

/// <summary>A working directory of one test.</summary>
internal sealed class WorkingDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("beast-process-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
