using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>A tenant with one strict upstream of each dialect, told to a process by its environment.</summary>
internal sealed class NodeScene : IAsyncDisposable
{
    private const string UpstreamKey = "sk-upstream-0123456789";

    /// <summary>One for each 429 that a test wants: after it an endpoint is left alone until its Retry-After.</summary>
    private static readonly string[] Limited = ["limited1", "limited2", "limited3"];

    private readonly SimulatorServer _main;
    private readonly SimulatorServer _plain;

    private NodeScene(SimulatorServer main, SimulatorServer plain)
    {
        _main = main;
        _plain = plain;
    }

    /// <summary>As <c>env</c> takes them.</summary>
    public required string[] Environment { get; init; }

    /// <summary>What the upstreams refused of themselves, for a failure's message.</summary>
    public string Refusals => string.Join('\n', _main.Requests.Snapshot().Concat(_plain.Requests.Snapshot())
        .Where(static request => request.StatusCode is 400 or 401 && request.Model != "refusing")
        .Select(static request => $"upstream {request.StatusCode} {request.Path}: {request.Body}"));

    /// <param name="dialect">Of the upstream behind the models that chat.</param>
    public static async Task<NodeScene> StartAsync(BeastServer server, string dialect)
    {
        var main = await SimulatorServer.StartAsync(new SimulatorOptions { Strict = true, RequiredApiKey = UpstreamKey });
        var plain = await SimulatorServer.StartAsync(new SimulatorOptions { Strict = true, RequiredApiKey = UpstreamKey });
        var tenant = await server.CreateTenantAsync();
        var scene = new NodeScene(main, plain)
        {
            Environment =
            [
                "BEAST_URL=" + server.Url.ToString().TrimEnd('/'),
                "BEAST_KEY=" + tenant.Key,
                "BEAST_UPSTREAM=" + dialect,
                "BEAST_UPSTREAM_LOG=" + main.BaseUrl + "/_sim/requests",
                "BEAST_MODEL=custom:mine",
                "BEAST_LIMITED_MODELS=" + string.Join(',', Limited.Select(static name => "custom:" + name)),
                "BEAST_THINKING_MODEL=custom:thinking",
                "BEAST_REFUSING_MODEL=custom:refusing",
                "BEAST_SLOW_MODEL=custom:slow",
                "BEAST_PLAIN_MODEL=custom:plain",
            ],
        };
        main.Script(new SimulatorBehavior { Models = Limited, Status = 429, RetryAfter = "30" });
        main.Script(new SimulatorBehavior { Models = ["refusing"], Status = 400, ErrorMessage = "This model refuses." });
        main.Script(new SimulatorBehavior { Models = ["slow"], InterTokenMs = 50, Tokens = 400 });
        await RegisterAsync("mine", main, dialect == "anthropic" ? "claude-sonnet-4-5" : "gpt-4o", dialect);
        foreach (var name in (string[])[.. Limited, "refusing", "slow"])
        {
            await RegisterAsync(name, main, name, dialect);
        }

        await RegisterAsync("thinking", main, dialect == "anthropic" ? "claude-sonnet-4-5" : "o3", dialect);
        await RegisterAsync("plain", plain, "plain", "openai");
        return scene;

        Task RegisterAsync(string name, SimulatorServer upstream, string model, string spoken) =>
            tenant.RegisterModelAsync(name, upstream.BaseUrl + "/v1", new { model, dialect = spoken, apiKey = UpstreamKey });
    }

    public async ValueTask DisposeAsync()
    {
        await _main.DisposeAsync();
        await _plain.DisposeAsync();
    }
}
