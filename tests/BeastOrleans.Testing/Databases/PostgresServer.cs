using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace BeastOrleans.Testing.Databases;

/// <summary>
/// A PostgreSQL server of Debian's package as a child process, on a data directory and a loopback port of its own. It can be
/// killed and started again.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Bin = "/usr/lib/postgresql/15/bin";
    private const string User = "postgres";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly string[] Durable = [];

    // What a test asks of a database is not that it survives a power cut.
    private static readonly string[] Fast = ["-c", "fsync=off", "-c", "full_page_writes=off"];

    private readonly string _directory;
    private readonly string[] _settings;
    private Process? _process;
    private int _databases;

    private PostgresServer(string directory, int port, string[] settings)
    {
        _directory = directory;
        Port = port;
        _settings = settings;
    }

    public int Port { get; }

    private string Data => Path.Combine(_directory, "data");

    /// <param name="durable">Commits wait for the disk, as in production.</param>
    public static async Task<PostgresServer> StartAsync(bool durable = false)
    {
        if (!File.Exists(Path.Combine(Bin, "initdb")))
        {
            throw new InvalidOperationException("PostgreSQL 15 is not installed: apt-get install postgresql-15 (./test.sh does it).");
        }

        var directory = Directory.CreateTempSubdirectory("beast-postgres-").FullName;
        var server = new PostgresServer(directory, BeastServer.FreePorts(1)[0], durable ? Durable : Fast);
        if (IsRoot)
        {
            // PostgreSQL refuses to run as root.
            await RunAsync("chown", User, directory);
        }

        await RunAsync(server.Command("initdb", "-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"));
        await server.StartAgainAsync();
        return server;
    }

    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={User}");

    /// <summary>An empty database, or a copy of another to which nobody is connected.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}" + (template is null ? "" : $" TEMPLATE {template}"));
        return ConnectionString(name);
    }

    public Task DropDatabaseAsync(string connectionString) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    /// <summary>After <see cref="KillAsync"/>; returns when it takes connections.</summary>
    public async Task StartAgainAsync()
    {
        var command = Command(
            "postgres",
            [
                "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-k", "", "-c", "listen_addresses=127.0.0.1",
                "-c", "max_connections=200", "-c", "logging_collector=off", .. _settings,
            ]);
        var process = new Process { StartInfo = command };
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _process = process;
        await Eventually.IsTrueAsync("PostgreSQL takes connections", async () => process.HasExited
            ? throw new InvalidOperationException($"PostgreSQL ended with {process.ExitCode}.")
            : await AnswersAsync(), StartLimit);
    }

    /// <summary>SIGQUIT: every connection is cut at once, as in a crash; the next start recovers.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            await RunAsync("kill", "-QUIT", process.Id.ToString(CultureInfo.InvariantCulture));
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        var path = Path.Combine(Bin, program);
        var start = IsRoot
            ? new ProcessStartInfo("setpriv", [$"--reuid={User}", $"--regid={User}", "--init-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = _directory;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    private static Task RunAsync(string program, params string[] arguments) =>
        RunAsync(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true });

    private static async Task RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {errors}");
        }
    }
}
