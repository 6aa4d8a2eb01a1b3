using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>The four examples that the product was asked for, through the route they name.</summary>
[Collection(GatewayCollection.Name)]
public sealed class SeedExamplesTests(GatewayFixture fixture)
{
    private static readonly string[] BodyMembers = ["cost", "fallback", "message", "model", "modelType", "requestId", "usage"];

    [Fact]
    public async Task TheCustomModelAnswersWhenOneIsRegistered()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3", price = new { inputPerMTok = 1, outputPerMTok = 1 } });

        var answer = await ChatAsync(scene, new { message = "Create a component", useLLM = true });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(BodyMembers, answer.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Scene.TextFrom("llama-3"), answer.Json.GetProperty("message").GetString());
        Assert.Equal(Scene.CustomId, answer.Json.GetProperty("model").GetString());
        Assert.Equal("custom", answer.Json.GetProperty("modelType").GetString());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("fallback").ValueKind);
        Assert.Equal(3, answer.Json.GetProperty("usage").GetProperty("inputTokens").GetInt32());
        Assert.Equal(16, answer.Json.GetProperty("usage").GetProperty("outputTokens").GetInt32());
        Assert.Equal(0.000019m, answer.Json.GetProperty("cost").GetProperty("actualUsd").GetDecimal());
        Assert.True(answer.Json.GetProperty("cost").GetProperty("savedUsd").GetDecimal() > 0);
        Assert.Equal(answer.Header("x-beast-request-id"), answer.Json.GetProperty("requestId").GetString());
        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Single(scene.Custom.Requests.Snapshot());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task TheProviderAnswersWhenTheCustomModelTimesOut()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { attemptSeconds = 0.3 } });
        scene.Custom.Script(new SimulatorBehavior { Hang = true });

        var answer = await ChatAsync(scene, new { message = "Create a component", useLLM = true });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.TextFrom("gpt-4"), answer.Json.GetProperty("message").GetString());
        Assert.Equal(Scene.ProviderId, answer.Json.GetProperty("model").GetString());
        Assert.Equal("provider", answer.Json.GetProperty("modelType").GetString());
        Assert.Equal(Scene.CustomId, answer.Json.GetProperty("fallback").GetProperty("from").GetString());
        Assert.Equal("timeout", answer.Json.GetProperty("fallback").GetProperty("reason").GetString());
        Assert.Equal("custom:mine=timeout;openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Single(scene.Custom.Requests.Snapshot());
        Assert.Single(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task TheProviderAnswersWhenThereIsNoCustomModel()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false);

        var answer = await ChatAsync(scene, new { message = "Create a component", useLLM = true });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.ProviderId, answer.Json.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("fallback").ValueKind);
        Assert.Equal(0, answer.Json.GetProperty("cost").GetProperty("savedUsd").GetDecimal());
        Assert.Equal("Bearer sk-simulated-0123456789", Assert.Single(scene.Provider.Requests.Snapshot()).Authorization);
    }

    [Fact]
    public async Task AnExplicitProviderSkipsTheCustomModel()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var answer = await ChatAsync(scene, new { message = "Create a component", model = "openai:gpt-4", useLLM = true });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.ProviderId, answer.Json.GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("fallback").ValueKind);
        Assert.Empty(scene.Custom.Requests.Snapshot());
    }

    [Fact]
    public async Task ARequestThatWantsNoModelIsRefused()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var answer = await ChatAsync(scene, new { message = "Create a component", useLLM = false });

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("llm_required", answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(scene.Custom.Requests.Snapshot());
    }

    [Fact]
    public async Task WithNeitherCustomModelNorProviderTheRefusalSaysWhatToDo()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);

        var answer = await ChatAsync(scene, new { message = "Create a component" });

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("no_model_available", answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("/api/models/custom", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStreamedChatGivesDeltasThenTheWholeAnswer()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });

        var answer = await ChatAsync(scene, new { message = "Create a component", stream = true });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var payloads = Sse.Payloads(answer.Text);
        Assert.Equal(Sse.Done, payloads[^1]);
        var whole = JsonSerializer.Deserialize<JsonElement>(payloads[^2]);
        var deltas = payloads[..^2].Select(p => JsonSerializer.Deserialize<JsonElement>(p).GetProperty("delta").GetString());
        Assert.Equal(Scene.TextFrom("llama-3"), string.Concat(deltas));
        Assert.Equal(Scene.TextFrom("llama-3"), whole.GetProperty("message").GetString());
        Assert.Equal(16, whole.GetProperty("usage").GetProperty("outputTokens").GetInt32());
    }

    private static Task<ApiAnswer> ChatAsync(Scene scene, object body) => scene.Tenant.SendAsync(HttpMethod.Post, "/api/codebase/chat", body);
}
