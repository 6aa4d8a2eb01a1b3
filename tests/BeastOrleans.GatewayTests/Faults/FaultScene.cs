using System.Globalization;
using System.Net;
using System.Text.Json;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>Plays one row of the fault table for a tenant of its own, and looks at everything that is left of it.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    /// <summary>Dollars per million tokens of the custom model: an answer of 1 + 16 tokens costs $0.17.</summary>
    private const decimal CustomPrice = 10_000m;

    private readonly Scene _scene;
    private readonly FaultCase _row;

    private FaultScene(Scene scene, FaultCase row)
    {
        _scene = scene;
        _row = row;
    }

    public static async Task<FaultScene> StartAsync(BeastServer server, FaultCase row)
    {
        var scene = await Scene.StartAsync(server, custom: false);
        var model = new Dictionary<string, object?>
        {
            ["name"] = "mine",
            ["baseUrl"] = row.BaseUrl?.Invoke(scene) ?? scene.Custom.BaseUrl + "/v1",
            ["model"] = "llama-3",
            ["price"] = new { inputPerMTok = CustomPrice, outputPerMTok = CustomPrice },
        };
        if (row.LimitSeconds is { } limit)
        {
            model["timeouts"] = new { attemptSeconds = limit, firstContentSeconds = limit, idleSeconds = limit };
        }

        if (row.Anthropic)
        {
            (model["dialect"], model["baseUrl"]) = ("anthropic", scene.Custom.BaseUrl);
        }

        if (row.ContextTokens is { } tokens)
        {
            model["contextTokens"] = tokens;
        }

        (await scene.Tenant.SendAsync(HttpMethod.Post, "/api/models/custom", model)).Require(HttpStatusCode.Created);
        if (row.Fault is { } fault)
        {
            scene.Custom.Script(fault);
        }

        if (row.Once is { } once)
        {
            scene.Custom.ScriptSteps(once);
        }

        if (row.FallbackFault is { } fallbackFault)
        {
            scene.Provider.Script(fallbackFault);
        }

        await (row.Arrange?.Invoke(scene) ?? Task.CompletedTask);
        return new FaultScene(scene, row);
    }

    public async Task PlayAsync(bool streaming)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var answer = await _scene.ChatAsync(streaming);
        var took = TimeProvider.System.GetElapsedTime(startedAt);

        AssertAnswer(answer, streaming);
        Assert.InRange(took, _row.AtLeast, _row.AtMost);
        Assert.Equal(_row.PrimaryCalls ?? _row.Attempts.Count(a => a.ModelId == Scene.CustomId), _scene.Custom.Requests.Count);
        Assert.Equal(_row.Attempts.Count(a => a.ModelId == Scene.ProviderId), _scene.Provider.Requests.Count);
        await AssertRecordAsync(answer.Header("x-beast-request-id")!);
        await AssertBooksAsync(answer.Header("x-beast-request-id")!);
        await AssertCircuitAsync();
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    private void AssertAnswer(ApiAnswer answer, bool streaming)
    {
        Assert.True(_row.Status == (int)answer.Status, answer.Text);
        Assert.Equal(string.Join(';', _row.Attempts.Select(a => a.InHeader)), answer.Header("x-beast-attempts"));
        Assert.Equal(_row.Served == Scene.ProviderId ? _row.Attempts[0].Reason : null, answer.Header("x-beast-fallback-reason"));
        Assert.Equal(_row.Partial ? Scene.CustomId : _row.Served, answer.Header("x-beast-model"));
        if (_row.Partial)
        {
            AssertPartial(answer);
        }
        else if (_row.Served is { } served)
        {
            Assert.Equal(_row.Text ?? Scene.TextFrom(served == Scene.CustomId ? "llama-3" : "gpt-4"), Scene.TextOf(answer, streaming));
            Assert.Equal(streaming, answer.Text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
            Assert.DoesNotContain("\"error\"", answer.Text, StringComparison.Ordinal);
        }
        else
        {
            AssertError(answer);
        }
    }

    /// <summary>What came stays, and the end is a typed error: no terminator, no finish reason.</summary>
    private void AssertPartial(ApiAnswer answer)
    {
        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(_row.Text, Sse.TextOf(payloads[..^1]));
        Assert.DoesNotContain(Sse.Done, payloads);
        Assert.DoesNotContain("\"finish_reason\":\"", answer.Text, StringComparison.Ordinal);
        var last = JsonSerializer.Deserialize<JsonElement>(payloads[^1]);
        Assert.Equal("upstream_stream_interrupted", last.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(answer.Header("x-beast-request-id"), last.GetProperty("request_id").GetString());
    }

    private void AssertError(ApiAnswer answer)
    {
        var error = answer.Json.GetProperty("error");
        Assert.Equal(_row.ErrorCode, error.GetProperty("code").GetString());
        if (_row.Text is { } text)
        {
            Assert.Equal(text, error.GetProperty("message").GetString());
            return;
        }

        // One error for all attempts names each of them.
        Assert.All(_row.Attempts, a => Assert.Contains(a.ModelId, error.GetProperty("message").GetString(), StringComparison.Ordinal));
        Assert.Equal(_row.Attempts.Length, answer.Json.GetProperty("attempts").GetArrayLength());
    }

    /// <summary>The decision record is read from the ledger: its attempts are the request's rows.</summary>
    private async Task AssertRecordAsync(string requestId)
    {
        var record = await _scene.DecisionAsync(requestId);
        Assert.Equal(_row.Served, record.GetProperty("served").GetString());
        Assert.Equal(_row.Status, record.GetProperty("status").GetInt32());
        Assert.Equal(_row.Served == Scene.CustomId ? "none" : _row.Attempts[0].Reason, record.GetProperty("fallbackReason").GetString());
        Assert.Equal(_row.Attempts.Sum(a => a.CostUsd), record.GetProperty("costUsd").GetDecimal());
        var rows = record.GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal(
            _row.Attempts.Select(a => (a.ModelId, a.Outcome, a.Reason, a.CostUsd)),
            rows.Select(r => (r.GetProperty("modelId").GetString()!, r.GetProperty("outcome").GetString()!, r.GetProperty("reason").GetString()!, r.GetProperty("costUsd").GetDecimal())));
        foreach (var (expected, row) in _row.Attempts.Zip(rows))
        {
            var status = row.GetProperty("status");
            Assert.Equal(expected.Status, status.ValueKind == JsonValueKind.Null ? null : status.GetInt32());
        }
    }

    /// <summary>The tenant's totals are this one request's: it was booked once.</summary>
    private async Task AssertBooksAsync(string requestId)
    {
        var metrics = (await _scene.Tenant.SendAsync(HttpMethod.Get, "/api/models/custom/monitoring")).Require(HttpStatusCode.OK).Json.GetProperty("metrics");
        var requests = metrics.GetProperty("requests");
        var served = _row.Served == Scene.CustomId ? 1 : 0;
        var fellBack = _row.Served == Scene.ProviderId ? 1 : 0;

        // What the caller did wrong says nothing about models.
        var counts = _row.Attempts is not [.., { Outcome: "caller" }] ? 1 : 0;
        Assert.Equal(
            (counts, served, counts - served, fellBack),
            (Count("total"), Count("success"), Count("failures"), Count("fallbacks")));
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"${_row.Attempts.Sum(a => a.CostUsd):0.00}"),
            metrics.GetProperty("costs").GetProperty("actual").GetString());

        var history = (await _scene.Tenant.SendAsync(HttpMethod.Get, "/api/models/fallbacks")).Require(HttpStatusCode.OK).Json.GetProperty("fallbacks");
        Assert.Equal(fellBack, history.GetArrayLength());
        foreach (var fallback in history.EnumerateArray())
        {
            Assert.Equal(
                (requestId, Scene.CustomId, Scene.ProviderId, _row.Attempts[0].Reason, _row.Attempts.Length),
                (Text(fallback, "requestId"), Text(fallback, "from"), Text(fallback, "to"), Text(fallback, "reason"), fallback.GetProperty("attempts").GetArrayLength()));
        }

        int Count(string name) => requests.GetProperty(name).GetInt32();
        static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
    }

    private async Task AssertCircuitAsync()
    {
        var seen = "";
        try
        {
            await Eventually.IsTrueAsync("the circuit is as expected", async () => (seen = Describe(await _scene.CircuitAsync())) == _row.Circuit, TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            Assert.Equal(_row.Circuit, seen);
        }
    }

    private static string Describe(JsonElement circuit) =>
        string.Join(' ', new[]
        {
            circuit.GetProperty("state").GetString(),
            circuit.GetProperty("failures").GetInt32().ToString(CultureInfo.InvariantCulture),
            IsAhead(circuit.GetProperty("hold")) ? "held" : null,
            IsAhead(circuit.GetProperty("suspendedUntil")) ? "suspended" : null,
            circuit.GetProperty("misconfigured").GetBoolean() ? "misconfigured" : null,
        }.Where(word => word is not null));

    private static bool IsAhead(JsonElement at) => at.ValueKind == JsonValueKind.String && at.GetDateTimeOffset() > TimeProvider.System.GetUtcNow();
}
