using System.Diagnostics;

namespace BeastOrleans.Survival.Fleet;

/// <summary>One executable as a process of its own, with the last of what it printed.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int MaxLines = 100;

    private readonly Process _process;
    private readonly Queue<string> _log = new();

    private Child(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

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

    /// <param name="dll">Beside this executable, or a whole path.</param>
    public static Child Start(string directory, string dll, params string[] arguments) => Start([], directory, dll, arguments);

    /// <param name="prefix">A command that becomes the executable, with its arguments; none where empty.</param>
    public static Child Start(string[] prefix, string directory, string dll, params string[] arguments)
    {
        string[] words = [.. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, dll), .. arguments];
        var start = new ProcessStartInfo(words[0]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in words.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        return new Child(start);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stays, and answers nothing.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    /// <summary>SIGTERM.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("-TERM");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Enqueue(line);
                while (_log.Count > MaxLines)
                {
                    _log.Dequeue();
                }
            }
        }
    }
}
