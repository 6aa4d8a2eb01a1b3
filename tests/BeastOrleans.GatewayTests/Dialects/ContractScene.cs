using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>One product for all pairs of dialects; each test brings a tenant and a strict upstream of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ContractCollection : ICollectionFixture<GatewayFixture>
{
    public const string Name = "contracts";
}

/// <summary>A client of one dialect, the gateway, and a strict upstream of one dialect.</summary>
internal sealed class ContractScene : IAsyncDisposable
{
    public const string ModelId = "custom:mine";

    private const string UpstreamKey = "sk-upstream-0123456789";

    private readonly TestTenant _tenant;

    private ContractScene(TestTenant tenant, ClientDialect client, string upstreamDialect, SimulatorServer upstream)
    {
        _tenant = tenant;
        Client = client;
        UpstreamDialect = upstreamDialect;
        Upstream = upstream;
    }

    public static string[] Upstreams { get; } = ["openai", "anthropic", "gemini"];

    public ClientDialect Client { get; }

    public string UpstreamDialect { get; }

    public SimulatorServer Upstream { get; }

    /// <summary>Every client with every upstream that can serve it.</summary>
    public static IEnumerable<(string Client, string Upstream)> Pairs =>
        from client in ClientDialect.All
        from upstream in Upstreams
        where client.Value.CanReach(upstream)
        select (client.Key, upstream);

    /// <summary>The upstream's own name of its model.</summary>
    public static string UpstreamModel(string upstream) => upstream switch
    {
        "openai" => "gpt-4o",
        "anthropic" => "claude-sonnet-4-5",
        _ => "gemini-2.5-flash",
    };

    /// <param name="usual">What the upstream does unless told otherwise.</param>
    public static async Task<ContractScene> StartAsync(BeastServer server, string client, string upstream, SimulatorBehavior? usual = null)
    {
        var simulator = await SimulatorServer.StartAsync(new SimulatorOptions { Strict = true, RequiredApiKey = UpstreamKey, DefaultBehavior = usual ?? new SimulatorBehavior() });
        var scene = new ContractScene(await server.CreateTenantAsync(), ClientDialect.All[client], upstream, simulator);
        await scene._tenant.RegisterModelAsync("mine", simulator.BaseUrl + (upstream == "openai" ? "/v1" : ""), new
        {
            model = UpstreamModel(upstream),
            dialect = upstream,
            apiKey = UpstreamKey,
            price = new { inputPerMTok = 1_000, outputPerMTok = 2_000 },
        });
        return scene;
    }

    public HttpRequestMessage Request(Ask ask, string model = ModelId) => Request(Client.Body(ask, model).ToJsonString());

    public HttpRequestMessage Request(string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Client.Path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tenant.Key);
        foreach (var (name, value) in Client.Headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }

    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _tenant.Server.Http.SendAsync(request);
            return await ApiAnswer.ReadAsync(response);
        }
    }

    public Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _tenant.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>What the request cost, by its record.</summary>
    public async Task<decimal> CostAsync(ApiAnswer answer)
    {
        ApiAnswer? record = null;
        await Eventually.IsTrueAsync("the record is there", async () =>
        {
            record = await _tenant.SendAsync(HttpMethod.Get, "/api/requests/" + answer.Header("x-beast-request-id"));
            return record.Status == System.Net.HttpStatusCode.OK;
        });
        return record!.Json.GetProperty("costUsd") is { ValueKind: JsonValueKind.Number } cost ? cost.GetDecimal() : -1;
    }

    public ValueTask DisposeAsync() => Upstream.DisposeAsync();
}
