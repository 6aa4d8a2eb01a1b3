using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using BeastOrleans.Testing;

namespace BeastOrleans.Survival.Fleet;

/// <summary>One process of the product over all its lives: one directory, one set of ports, one process after another.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly int[] _ports = BeastServer.FreePorts(4);
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, UseCookies = false };
    private readonly HttpClient _operations;
    private readonly string _directory;
    private readonly string[] _settings;
    private Child? _child;
    private int _underWay;
    private int _entered;
    private volatile bool _isUp;

    /// <param name="settings">What its fleet says beside ports and directories, as the command line takes it.</param>
    public Node(string directory, string name, string role, params string[] settings)
    {
        _directory = directory;
        _settings = settings;
        (Name, Role) = (name, role);
        Http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = At(_ports[0]), Timeout = TimeSpan.FromSeconds(30) };
        _operations = new HttpClient(_handler, disposeHandler: false) { BaseAddress = At(_ports[1]), Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>The words before its own command; none where empty.</summary>
    public string[] Prefix { get; init; } = [];

    /// <summary>Where the executable of its next life lies.</summary>
    public string Build { get; set; } = AppContext.BaseDirectory;

    public string Name { get; }

    /// <summary><c>all</c>, <c>silo</c> or <c>gateway</c>.</summary>
    public string Role { get; }

    public bool IsFront => Role != "silo";

    public HttpClient Http { get; }

    public int ClientGatewayPort => _ports[3];

    public string DataDirectory => Path.Combine(_directory, Name);

    public string Log => _child?.Log ?? "";

    /// <summary>As a load balancer sees it that knows at once.</summary>
    public bool IsUp => _isUp;

    /// <summary>Requests that it has been sent and that have not ended.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Requests that were ever sent to it.</summary>
    public int Entered => Volatile.Read(ref _entered);

    public void Enter()
    {
        Interlocked.Increment(ref _entered);
        Interlocked.Increment(ref _underWay);
    }

    public void Leave() => Interlocked.Decrement(ref _underWay);

    public async Task StartAsync()
    {
        var child = Child.Start(
            Prefix,
            _directory,
            Path.Combine(Build, "BeastOrleans.Host.dll"),
            [
                $"--Beast:Role={Role}",
                .. IsFront ? [$"--urls={At(_ports[0])}"] : Array.Empty<string>(),
                Setting("OperationsPort", _ports[1]),
                .. Role != "gateway" ? [Setting("SiloPort", _ports[2]), Setting("ClientGatewayPort", _ports[3])] : Array.Empty<string>(),
                $"--Beast:DataDirectory={DataDirectory}",
                .. _settings,
            ]);
        _child = child;
        await Eventually.IsTrueAsync(
            $"{Name} is ready",
            async () => child.HasExited ? throw new InvalidOperationException($"{Name} ended:\n{child.Log}") : await IsReadyAsync(),
            StartLimit);
        _isUp = true;
    }

    public async Task KillAsync()
    {
        _isUp = false;
        await _child!.KillAsync();
    }

    public async Task<int> TerminateAsync()
    {
        _isUp = false;
        return await _child!.TerminateAsync();
    }

    public Task FreezeAsync() => _child!.FreezeAsync();

    public Task ThawAsync() => _child!.ThawAsync();

    /// <exception cref="InvalidOperationException">The answer is no success.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string key, object? body = null, string? user = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (user is not null)
        {
            request.Headers.Add("x-beast-user", user);
        }

        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{method} {path} at {Name}: {(int)response.StatusCode} {text}");
    }

    /// <summary>The sum of a family's series, as its operations port tells them now.</summary>
    public async Task<double> ReadMetricAsync(string family)
    {
        var page = await _operations.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return page.Split('\n')
            .Where(line => line.StartsWith(family + "{", StringComparison.Ordinal) || line.StartsWith(family + " ", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _operations.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Nobody listens yet, or it hangs.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            await child.DisposeAsync();
        }

        Http.Dispose();
        _operations.Dispose();
        _handler.Dispose();
    }

    private static Uri At(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private static string Setting(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"--Beast:{name}={value}");
}
