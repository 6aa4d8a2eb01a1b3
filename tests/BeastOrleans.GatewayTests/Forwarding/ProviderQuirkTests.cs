using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>What differs by provider is data: each gets its key, its address and its fields as it wants them.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ProviderQuirkTests(GatewayFixture fixture)
{
    private const string Secret = "azure-simulated-0123456789";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AzureGetsItsVersionItsHeaderAndItsNameOfTheLimit(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/providers/azure/key", new
        {
            apiKey = Secret,
            baseUrl = scene.Provider.BaseUrl + "/v1?api-version=2024-10-21",
            models = new[] { "o3-mini", "gpt-4o" },
        })).Require(HttpStatusCode.NoContent);

        var answer = await scene.PostAsync(Body(streaming, "azure:o3-mini"));
        Assert.Equal(Scene.TextFrom("o3-mini"), Scene.TextOf(answer.Require(HttpStatusCode.OK), streaming));
        Assert.Null(answer.Header("x-beast-dropped"));
        (await scene.PostAsync(Body(streaming, "azure:gpt-4o"))).Require(HttpStatusCode.OK);

        var seen = scene.Provider.Requests.Snapshot();
        Assert.Equal(2, seen.Count);
        Assert.All(seen, request =>
        {
            Assert.Equal("/v1/chat/completions?api-version=2024-10-21", request.Path);
            Assert.Equal(Secret, request.Headers["api-key"]);
            Assert.Null(request.Authorization);
        });
        Assert.Equal(("max_completion_tokens", "max_tokens"), (LimitOf(seen[0]), LimitOf(seen[1])));
    }

    [Fact]
    public async Task WhatMistralRefusesIsRenamedOrToldAsDropped()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        await scene.Tenant.PutProviderAsync("mistral", scene.Provider.BaseUrl + "/v1");

        var answer = await scene.PostAsync(new
        {
            model = "mistral:mistral-small",
            stream = true,
            stream_options = new { include_usage = true },
            user = "u",
            seed = 7,
            max_completion_tokens = 16,
            messages = new[] { new { role = "user", content = "Hello" } },
        });

        Assert.Equal("user", answer.Require(HttpStatusCode.OK).Header("x-beast-dropped"));
        var body = JsonSerializer.Deserialize<JsonElement>(Assert.Single(scene.Provider.Requests.Snapshot()).Body);
        Assert.Equal(["max_tokens", "messages", "model", "random_seed", "stream"], body.EnumerateObject().Select(static m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal((16, 7), (body.GetProperty("max_tokens").GetInt32(), body.GetProperty("random_seed").GetInt32()));
    }

    [Fact]
    public async Task ACustomModelSaysWhichHeaderItsKeyGoesIn()
    {
        await using var scene = await Scene.StartAsync(
            fixture.Server, new { model = "llama-3", apiKey = Secret, authHeader = "api-key" }, provider: false);
        (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        var shown = (await scene.Tenant.SendAsync(HttpMethod.Get, "/api/models/custom/mine")).Require(HttpStatusCode.OK).Json;
        Assert.Equal("api-key", shown.GetProperty("authHeader").GetString());

        // An empty text goes back to the dialect's own.
        (await scene.Tenant.SendAsync(HttpMethod.Patch, "/api/models/custom/mine", new { authHeader = "" })).Require(HttpStatusCode.OK);
        (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        var wrong = await scene.Tenant.SendAsync(HttpMethod.Patch, "/api/models/custom/mine", new { authHeader = "x-key" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Equal("authHeader", wrong.Json.GetProperty("error").GetProperty("param").GetString());

        var seen = scene.Custom.Requests.Snapshot();
        Assert.Equal(2, seen.Count);
        Assert.Equal((Secret, null), (seen[0].Headers["api-key"], seen[0].Authorization));
        Assert.Equal((false, "Bearer " + Secret), (seen[1].Headers.ContainsKey("api-key"), seen[1].Authorization));
    }

    [Fact]
    public async Task AServerOfOnesOwnNeedsNoKey()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, custom: false, provider: false);
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/providers/llamacpp/key", new { baseUrl = scene.Provider.BaseUrl + "/v1", defaultModel = "qwen" }))
            .Require(HttpStatusCode.NoContent);

        Assert.Equal("llamacpp:qwen", (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK).Header("x-beast-model"));
        Assert.Equal("Bearer none", Assert.Single(scene.Provider.Requests.Snapshot()).Authorization);
    }

    private static object Body(bool streaming, string model) =>
        new { model, stream = streaming, max_tokens = 64, messages = new[] { new { role = "user", content = "Hello" } } };

    private static string LimitOf(SimulatedRequest request) =>
        JsonSerializer.Deserialize<JsonElement>(request.Body).EnumerateObject().Single(static m => m.Name.StartsWith("max_", StringComparison.Ordinal)).Name;
}
