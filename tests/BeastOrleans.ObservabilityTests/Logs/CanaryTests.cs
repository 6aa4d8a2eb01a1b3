using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.ObservabilityTests.Traces;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Logs;

/// <summary>Plants keys and prompts in the real process and looks for them in everything that observes it. What rests on disk is looked at by the gateway's own canary.</summary>
public sealed partial class CanaryTests : IDisposable
{
    private const string UpstreamKey = "sk-canary-77aa01bc93de4f52";
    private const string Prompt = "the-canary-hides-in-the-prompt";
    private const string Answer = "the-canary-hides-in-the-answer";
    private const string Argument = "the-canary-hides-in-a-header";

    private readonly WorkingDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Planted_keys_and_prompts_are_in_no_log_metric_trace_or_event()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var broken = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new() { Status = 500, ErrorMessage = $"{Answer} {UpstreamKey}" } });
        await using var quoting = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            DefaultBehavior = new() { RawBody = $$$"""{"id":"x","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{{{Answer}}}"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""", ContentType = "application/json" },
        });
        var ports = HostProcess.FreePorts();
        await using var host = await HostProcess.StartReadyAsync(
            _directory.Path, ports, "--Beast:Logs=json", "--Beast:TraceRatio=1", "--Beast:Upstreams:TraceContext=all",
            "--OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.Url, "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BSP_SCHEDULE_DELAY=200", "--OTEL_METRIC_EXPORT_INTERVAL=500",
            "--Logging:LogLevel:Microsoft.AspNetCore=Debug", "--Logging:LogLevel:System.Net.Http=Trace", "--Logging:LogLevel:BeastOrleans=Trace");
        var admin = AdminKey().Match(host.Output).Value;
        await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" });
        var key = (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        (await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "own", baseUrl = broken.BaseUrl + "/v1", apiKey = UpstreamKey })).Require(HttpStatusCode.Created);
        (await host.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = UpstreamKey, baseUrl = quoting.BaseUrl + "/v1" })).Require(HttpStatusCode.NoContent);

        using var feedRequest = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        feedRequest.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var feed = await host.Http.SendAsync(feedRequest, HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await feed.Content.ReadAsStreamAsync());

        for (var i = 0; i < 6; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { messages = new[] { new { role = "user", content = Prompt } }, user = Argument }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            request.Headers.Add("x-secret-thing", Argument);
            using var answer = await host.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Eventually.IsTrueAsync("a circuit has opened, which is logged", () => host.Output.Contains("A circuit of a", StringComparison.Ordinal));
        await Eventually.IsTrueAsync("both signals were exported", () =>
            receiver.Traces.Contains("beast.outcome", StringComparison.Ordinal) && receiver.Metrics.Contains("beast.fallbacks", StringComparison.Ordinal));
        var metrics = await host.Http.GetStringAsync(new Uri("http://127.0.0.1:" + ports[1].Split('=')[1] + "/metrics"));
        var told = new StringBuilder();
        while (!told.ToString().Contains("event: fallback", StringComparison.Ordinal))
        {
            told.AppendLine(await events.ReadLineAsync());
        }

        foreach (var (where, text) in new[] { ("the log", host.Output + host.Errors), ("the metrics", metrics), ("a trace", receiver.Traces), ("exported metrics", receiver.Metrics), ("an event", told.ToString()) })
        {
            foreach (var planted in new[] { UpstreamKey, Prompt, Answer, key, UpstreamKey[..^6], Convert.ToBase64String(Encoding.UTF8.GetBytes(UpstreamKey))[..16] })
            {
                Assert.False(text.Contains(planted, StringComparison.Ordinal), $"'{planted}' is in {where}.");
            }
        }

        // The body's user is who the request is for: an event says so, a label or a header's text never shows.
        Assert.DoesNotContain(Argument, metrics + receiver.Metrics, StringComparison.Ordinal);
        AssertJsonWithFields(host.Output);
    }

    /// <summary>Each line but the banner's is an object; those of a request name it and its tenant.</summary>
    private static void AssertJsonWithFields(string output)
    {
        var lines = output.Split('\n').Where(l => l.StartsWith('{')).Select(l => JsonSerializer.Deserialize<JsonElement>(l)).ToArray();
        Assert.NotEmpty(lines);
        Assert.Contains(lines, line => line.TryGetProperty("Scopes", out var scopes) && scopes.EnumerateArray().Any(s =>
            s.ValueKind == JsonValueKind.Object && s.TryGetProperty("beast.request_id", out var id) && id.GetString()!.StartsWith("req_", StringComparison.Ordinal)
            && s.TryGetProperty("beast.tenant", out var tenant) && tenant.GetString() == "acme"));
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
