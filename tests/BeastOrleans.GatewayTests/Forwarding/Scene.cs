using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>The usual cast of a test: a tenant, its custom model <c>custom:mine</c>, and OpenAI behind it.</summary>
internal sealed class Scene : IAsyncDisposable
{
    public const string CustomId = "custom:mine";
    public const string ProviderId = "openai:gpt-4";

    /// <summary>What the simulator says in 16 words, its default.</summary>
    private const string Filler = "This text is made up by the simulator so that a route";

    private Scene(TestTenant tenant, SimulatorServer custom, SimulatorServer provider)
    {
        Tenant = tenant;
        Custom = custom;
        Provider = provider;
    }

    public TestTenant Tenant { get; }

    public SimulatorServer Custom { get; }

    public SimulatorServer Provider { get; }

    /// <param name="model">Fields of the custom model's registration.</param>
    /// <param name="custom">False leaves the custom model unregistered.</param>
    /// <param name="provider">False leaves the tenant without a provider key.</param>
    public static async Task<Scene> StartAsync(
        BeastServer server, object? model = null, bool custom = true, bool provider = true, SimulatorOptions? customOptions = null)
    {
        var scene = new Scene(
            await server.CreateTenantAsync(),
            await SimulatorServer.StartAsync(customOptions),
            await SimulatorServer.StartAsync());
        if (custom)
        {
            await scene.RegisterAsync("mine", scene.Custom, model ?? new { model = "llama-3" });
        }

        if (provider)
        {
            await scene.Tenant.PutProviderAsync("openai", scene.Provider.BaseUrl + "/v1");
        }

        return scene;
    }

    public Task RegisterAsync(string name, SimulatorServer upstream, object? more = null) =>
        Tenant.RegisterModelAsync(name, upstream.BaseUrl + "/v1", more);

    public Task<ApiAnswer> ChatAsync(bool streaming, string model = "auto", params (string Name, string Value)[] headers) =>
        PostAsync(ChatBody(streaming, model), headers);

    public Task<ApiAnswer> PostAsync(object body, params (string Name, string Value)[] headers) =>
        Tenant.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, headers);

    /// <summary>A stream of which the head is read; its body is the caller's to read.</summary>
    public async Task<HttpResponseMessage> OpenStreamAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(ChatBody(streaming: true)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tenant.Key);
        return await Tenant.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>What monitoring counts of the tenant's requests.</summary>
    public async Task<JsonElement> CountsAsync() =>
        (await Tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json.GetProperty("metrics").GetProperty("requests");

    public static object ChatBody(bool streaming, string model = "auto") =>
        new { model, stream = streaming, messages = new[] { new { role = "user", content = "Hello" } } };

    /// <summary>The decision record, which is there soon after the answer.</summary>
    public async Task<JsonElement> DecisionAsync(string? requestId)
    {
        ApiAnswer? answer = null;
        await Eventually.IsTrueAsync($"the record of {requestId} is there", async () =>
        {
            answer = await Tenant.SendAsync(HttpMethod.Get, "/api/requests/" + requestId);
            return answer.Status == HttpStatusCode.OK;
        });
        return answer!.Json;
    }

    public async Task<JsonElement> CircuitAsync(string modelId = CustomId) =>
        (await Tenant.Server.AdminAsync(HttpMethod.Get, CircuitPath(modelId))).Require(HttpStatusCode.OK).Json;

    public async Task OperateAsync(string modelId, string action) =>
        (await Tenant.Server.AdminAsync(HttpMethod.Post, CircuitPath(modelId), new { action })).Require(HttpStatusCode.OK);

    /// <summary>Waits until this process, not only the endpoint's grain, sees the circuit in that state.</summary>
    public Task SeesCircuitAsync(string state) =>
        Eventually.IsTrueAsync($"{CustomId} is {state}", async () =>
        {
            var plan = (await Tenant.SendAsync(HttpMethod.Post, "/api/models/select", new { })).Json.GetProperty("plan");
            return plan.EnumerateArray().Any(p => p.GetProperty("modelId").GetString() == CustomId && p.GetProperty("circuit").GetString() == state);
        });

    public static string TextFrom(string model) => $"Simulated answer from {model}. {Filler}";

    /// <summary>The text of an answer, streamed or whole.</summary>
    public static string TextOf(ApiAnswer answer, bool streaming) => streaming
        ? Sse.TextOf(Sse.Payloads(answer.Text))
        : answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    public async ValueTask DisposeAsync()
    {
        await Custom.DisposeAsync();
        await Provider.DisposeAsync();
    }

    private string CircuitPath(string modelId) => $"/admin/v1/endpoints/{modelId}/circuit?tenant={Tenant.Id}";
}

/// <summary>What a client reads of a stream.</summary>
internal static class Sse
{
    public const string Done = "[DONE]";

    public static string[] Payloads(string text) =>
        [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => e.StartsWith("data: ", StringComparison.Ordinal)).Select(e => e[6..])];

    public static bool IsFinished(string text) => Payloads(text).Any(p => p.Contains("\"finish_reason\":\"", StringComparison.Ordinal));

    public static string TextOf(IEnumerable<string> payloads) => string.Concat(payloads.Where(p => p != Done).Select(p =>
    {
        var root = JsonSerializer.Deserialize<JsonElement>(p);
        return root.TryGetProperty("choices", out var choices)
            && choices.GetArrayLength() > 0
            && choices[0].GetProperty("delta").TryGetProperty("content", out var content)
                ? content.GetString()
                : "";
    }));
}
