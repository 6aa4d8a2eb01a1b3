using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Wire;

/// <summary>A tenant, its custom model <c>own</c> (<c>llama-3</c> upstream) and the provider that it falls back to.</summary>
public sealed class WireScene : IAsyncDisposable
{
    public const string CustomKey = "sk-custom-0123456789abcdef";

    private WireScene(TestTenant tenant, SimulatorServer custom, SimulatorServer provider)
    {
        Tenant = tenant;
        Custom = custom;
        Provider = provider;
    }

    public TestTenant Tenant { get; }

    public SimulatorServer Custom { get; }

    public SimulatorServer Provider { get; }

    public static async Task<WireScene> CreateAsync(BeastServer server, object? more)
    {
        var scene = new WireScene(await server.CreateTenantAsync(), await SimulatorServer.StartAsync(), await SimulatorServer.StartAsync());
        var fields = new Dictionary<string, object?> { ["name"] = "own", ["baseUrl"] = scene.Custom.BaseUrl + "/v1", ["model"] = "llama-3", ["apiKey"] = CustomKey };
        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            fields[property.Name] = property.GetValue(more);
        }

        (await scene.Tenant.SendAsync(HttpMethod.Post, "/api/models/custom", fields)).Require(HttpStatusCode.Created);
        await scene.Tenant.PutProviderAsync("openai", scene.Provider.BaseUrl + "/v1");
        return scene;
    }

    /// <summary>The body's bytes exactly as given; the answer's head is read, its body is the caller's to read.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string body, CancellationToken cancellationToken = default, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tenant.Key);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await Tenant.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async Task<WireAnswer> SendAsync(string body, params (string Name, string Value)[] headers)
    {
        using var response = await OpenAsync(body, CancellationToken.None, headers);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
        return new WireAnswer(response.StatusCode, bytes, all);
    }

    public Task<WireAnswer> StreamAsync(params (string Name, string Value)[] headers) => SendAsync(Bodies.Stream, headers);

    public Task<WireAnswer> ChatAsync(params (string Name, string Value)[] headers) => SendAsync(Bodies.Plain, headers);

    /// <summary>The decision record, as soon as it is written.</summary>
    public async Task<JsonElement> RecordAsync(string requestId)
    {
        ApiAnswer? record = null;
        await Eventually.IsTrueAsync(
            "the decision record is written",
            async () => (record = await Tenant.SendAsync(HttpMethod.Get, "/api/requests/" + requestId)).Status == HttpStatusCode.OK);
        return record!.Json;
    }

    public async Task<JsonElement> CircuitAsync() =>
        (await Tenant.Server.AdminAsync(HttpMethod.Get, $"/admin/v1/endpoints/custom:own/circuit?tenant={Tenant.Id}")).Require(HttpStatusCode.OK).Json;

    public async Task<int> CircuitFailuresAsync() => (await CircuitAsync()).GetProperty("failures").GetInt32();

    public async Task<JsonElement> CountsAsync() =>
        (await Tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json.GetProperty("metrics").GetProperty("requests");

    public async Task<int> TotalAsync() => (await CountsAsync()).GetProperty("total").GetInt32();

    /// <summary>The provider answered whole, and the client saw nothing of the custom model.</summary>
    public void AssertProviderAnswered(WireAnswer answer, string reason)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(("openai:gpt-4", reason), (answer.Header("x-beast-model"), answer.Header("x-beast-fallback-reason")));
        Assert.StartsWith("custom:own=", answer.Header("x-beast-attempts"), StringComparison.Ordinal);
        Assert.EndsWith("openai:gpt-4=ok", answer.Header("x-beast-attempts"), StringComparison.Ordinal);
        Assert.NotEmpty(Custom.Requests.Snapshot());
        Assert.Single(Provider.Requests.Snapshot());
        Assert.DoesNotContain("llama-3", answer.Text, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await Custom.DisposeAsync();
        await Provider.DisposeAsync();
    }
}

internal static class Bodies
{
    public const string Plain = """{"model":"auto","messages":[{"role":"user","content":"Hello"}]}""";

    public const string Stream = """{"model":"auto","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    public const string StreamWithUsage = """{"model":"auto","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello"}]}""";
}

/// <summary>An answer as its bytes, and what they mean as server-sent events.</summary>
public sealed record WireAnswer(HttpStatusCode Status, byte[] Bytes, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public string RequestId => Headers["x-beast-request-id"];

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Bytes);

    /// <summary>The payload of each event; anything but <c>data: ...</c> and one blank line is a failure.</summary>
    public string[] Payloads
    {
        get
        {
            Assert.EndsWith("\n\n", Text, StringComparison.Ordinal);
            return [.. Text[..^2].Split("\n\n").Select(e =>
            {
                Assert.StartsWith("data: ", e, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e);
                Assert.DoesNotContain('\r', e);
                return e["data: ".Length..];
            })];
        }
    }

    /// <summary>The events that are JSON.</summary>
    public JsonElement[] Chunks => [.. Payloads.Where(p => p != "[DONE]").Select(p => JsonSerializer.Deserialize<JsonElement>(p))];

    /// <summary>How many events carry text.</summary>
    public int ContentEvents => Chunks.Count(c => FirstChoice(c) is { } choice && choice.GetProperty("delta").TryGetProperty("content", out var content) && content.GetString() is { Length: > 0 });

    public bool IsFinished => Chunks.Any(c => FirstChoice(c) is { } choice && choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    private static JsonElement? FirstChoice(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0 ? choices[0] : null;
}
