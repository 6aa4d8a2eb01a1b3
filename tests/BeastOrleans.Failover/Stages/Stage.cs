using System.Net;
using System.Text.Json;
using BeastOrleans.Failover.Accounting;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Stages;

/// <summary>
/// One fault's own world: a tenant, its custom model <see cref="PrimaryId"/> and OpenAI as the fallback, all of them new,
/// so that every circuit is closed, every count starts at nothing and no fault disturbs another.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string PrimaryId = "custom:mine";
    public const string FallbackId = "openai:gpt-4";

    private readonly GatewayProcess _gateway;
    private readonly List<RequestTrace> _traces = [];

    private Stage(GatewayProcess gateway, StagePlan plan, string tenant, string key, IPrimary primary, SimulatorServer fallback, SimulatorServer bystander)
    {
        _gateway = gateway;
        Plan = plan;
        Tenant = tenant;
        Api = new ApiClient(gateway.Http, key);
        Client = new ChatClient(gateway.Http, key);
        Primary = primary;
        Fallback = fallback;
        Bystander = bystander;
    }

    public StagePlan Plan { get; }

    public string Tenant { get; }

    public ApiClient Api { get; }

    /// <summary>Asks without leaving a trace for the audit; see <see cref="AskAsync"/>.</summary>
    public ChatClient Client { get; }

    public IPrimary Primary { get; }

    public SimulatorServer Fallback { get; }

    public SimulatorServer Bystander { get; }

    /// <summary>The primary's script; only where a simulator stands there.</summary>
    public SimulatorServer PrimarySimulator => ((SimulatedPrimary)Primary).Simulator;

    public int FallbackAttempts => Calls.Count(Fallback);

    /// <summary>Every request made here, for the audit.</summary>
    public IReadOnlyList<RequestTrace> Traces
    {
        get
        {
            lock (_traces)
            {
                return [.. _traces];
            }
        }
    }

    public static async Task<Stage> SetAsync(GatewayProcess gateway, StagePlan plan)
    {
        var admin = new ApiClient(gateway.Http, gateway.AdminKey);
        var tenant = "t" + Guid.NewGuid().ToString("N")[..12];
        (await admin.SendAsync(HttpMethod.Post, "/admin/v1/tenants", new { id = tenant })).Require(HttpStatusCode.Created);
        var key = (await admin.SendAsync(HttpMethod.Post, "/admin/v1/keys", new { tenant })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        var stage = new Stage(gateway, plan, tenant, key, await StartPrimaryAsync(plan), await SimulatorServer.StartAsync(), await SimulatorServer.StartAsync());
        await stage.RegisterAsync();
        stage.Script();
        return stage;
    }

    /// <summary>Asks, and leaves a trace for the audit.</summary>
    public async Task<ClientAnswer> AskAsync(Mode mode, TimeSpan patience, params (string Name, string Value)[] headers)
    {
        var answer = await Client.AskAsync(mode, patience, headers);
        lock (_traces)
        {
            _traces.Add(new RequestTrace(mode, answer));
        }

        return answer;
    }

    public async Task<JsonElement> ReadCircuitAsync()
    {
        var admin = new ApiClient(_gateway.Http, _gateway.AdminKey);
        return (await admin.GetAsync($"/admin/v1/endpoints/{PrimaryId}/circuit?tenant={Tenant}")).Require(HttpStatusCode.OK).Json;
    }

    /// <summary>Upstreams end; what they counted stays readable.</summary>
    public async ValueTask DisposeAsync()
    {
        await Primary.DisposeAsync();
        await Fallback.DisposeAsync();
        await Bystander.DisposeAsync();
    }

    private static async Task<IPrimary> StartPrimaryAsync(StagePlan plan) => plan.Kind switch
    {
        PrimaryKind.UnknownName => new UnknownNamePrimary(),
        PrimaryKind.AcceptThenClose => new RawPrimary(sendsHeaders: false),
        PrimaryKind.EndlessHeaders => new RawPrimary(sendsHeaders: true),
        _ => new SimulatedPrimary(await SimulatorServer.StartAsync(), behindTls: plan.Kind == PrimaryKind.SimulatorBehindTls),
    };

    private async Task RegisterAsync()
    {
        (await Api.SendAsync(HttpMethod.Post, "/api/models/custom", new
        {
            name = "mine",
            baseUrl = Primary.BaseUrl,
            model = ReferenceTexts.PrimaryModel,
            price = new { inputPerMTok = Prices.PrimaryPerMTok, outputPerMTok = Prices.PrimaryPerMTok },
            timeouts = new { attemptSeconds = Plan.AttemptSeconds },
            contextTokens = Plan.ContextTokens,
        })).Require(HttpStatusCode.Created);
        (await Api.SendAsync(HttpMethod.Put, "/api/providers/openai/key", new { apiKey = "sk-simulated-0123456789", baseUrl = Fallback.BaseUrl + "/v1" }))
            .Require(HttpStatusCode.NoContent);
        if (Plan.PatienceSeconds is { } patienceSeconds)
        {
            (await Api.SendAsync(HttpMethod.Put, "/api/policy", new { patienceSeconds })).Require(HttpStatusCode.OK);
        }
    }

    private void Script()
    {
        if (Plan.Primary is { } primary)
        {
            PrimarySimulator.Script(primary);
        }

        if (Plan.RedirectsToBystander)
        {
            PrimarySimulator.Script(new SimulatorBehavior { Redirect = Bystander.BaseUrl + "/v1/chat/completions" });
        }

        if (Plan.Fallback is { } fallback)
        {
            Fallback.Script(fallback);
        }
    }
}
