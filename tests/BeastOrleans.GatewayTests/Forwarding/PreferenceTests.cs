using System.Net;
using System.Text.Json;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>The three options (prefer the provider, prefer the custom model, no fallback) in the three places they can be set.</summary>
[Collection(GatewayCollection.Name)]
public sealed class PreferenceTests(GatewayFixture fixture)
{
    private static readonly string[] CustomFirst = [Scene.CustomId, Scene.ProviderId];
    private static readonly string[] ProviderFirst = [Scene.ProviderId, Scene.CustomId];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PreferProviderByHeaderAsksTheProviderFirst(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var answer = await scene.ChatAsync(streaming, "auto", ("x-beast-prefer", "provider"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.ProviderId, answer.Header("x-beast-model"));
        Assert.Null(answer.Header("x-beast-fallback-reason"));
        Assert.Empty(scene.Custom.Requests.Snapshot());
    }

    [Fact]
    public async Task APreferredProviderThatFailsFallsBackToTheCustomModel()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.Provider.StopAsync();

        var answer = await scene.ChatAsync(streaming: false, "auto", ("x-beast-prefer", "provider"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Scene.CustomId, answer.Header("x-beast-model"));
        Assert.Equal("openai:gpt-4=network;custom:mine=ok", answer.Header("x-beast-attempts"));
        Assert.Equal("network", answer.Header("x-beast-fallback-reason"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FallbackOffByHeaderFailsWithOneErrorAndNeverCallsTheProvider(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.Custom.StopAsync();

        var answer = await scene.ChatAsync(streaming, "auto", ("x-beast-fallback", "off"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("upstream_failed", answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("custom:mine=network", answer.Header("x-beast-attempts"));
        Assert.Null(answer.Header("x-beast-model"));
        var attempt = Assert.Single(answer.Json.GetProperty("attempts").EnumerateArray());
        Assert.Equal(Scene.CustomId, attempt.GetProperty("modelId").GetString());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task TheTenantsPolicyPrefersTheProviderUntilARequestSaysOtherwise()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await PutPolicyAsync(scene, new { prefer = "provider" });

        var byPolicy = await scene.ChatAsync(streaming: false);
        var byHeader = await scene.ChatAsync(streaming: false, "auto", ("x-beast-prefer", "custom"));

        Assert.Equal(Scene.ProviderId, byPolicy.Header("x-beast-model"));
        Assert.Equal(Scene.CustomId, byHeader.Header("x-beast-model"));
    }

    [Fact]
    public async Task ThePolicysNoFallbackHoldsUntilARequestAllowsIt()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await PutPolicyAsync(scene, new { noFallback = true });
        await scene.Custom.StopAsync();

        var refused = await scene.ChatAsync(streaming: false);
        var allowed = await scene.ChatAsync(streaming: false, "auto", ("x-beast-fallback", "on"));

        Assert.Equal(HttpStatusCode.BadGateway, refused.Status);
        Assert.Equal("custom:mine=network", refused.Header("x-beast-attempts"));
        Assert.Equal(Scene.ProviderId, allowed.Header("x-beast-model"));
    }

    [Fact]
    public async Task ThePolicysFallbacksReplaceTheProviderTier()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await PutPolicyAsync(scene, new { fallbacks = new[] { "openai:gpt-4o-mini" } });
        await scene.Custom.StopAsync();

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal("custom:mine=network;openai:gpt-4o-mini=ok", answer.Header("x-beast-attempts"));
        Assert.Equal("gpt-4o-mini", Assert.Single(scene.Provider.Requests.Snapshot()).Model);
    }

    [Fact]
    public async Task AnExplicitProviderThatFailsHasNoFallbackUnlessThePolicyListsOne()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.Provider.StopAsync();

        var alone = await scene.ChatAsync(streaming: false, Scene.ProviderId);
        await PutPolicyAsync(scene, new { fallbacks = new[] { Scene.CustomId } });
        var listed = await scene.ChatAsync(streaming: false, Scene.ProviderId);

        Assert.Equal(HttpStatusCode.BadGateway, alone.Status);
        Assert.Equal("openai:gpt-4=network", alone.Header("x-beast-attempts"));
        Assert.Equal(Scene.CustomId, listed.Header("x-beast-model"));
        Assert.Equal("openai:gpt-4=network;custom:mine=ok", listed.Header("x-beast-attempts"));
    }

    [Fact]
    public async Task AnExplicitCustomModelStillFallsBack()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.Custom.StopAsync();

        var answer = await scene.ChatAsync(streaming: false, Scene.CustomId);

        Assert.Equal(Scene.ProviderId, answer.Header("x-beast-model"));
    }

    [Fact]
    public async Task SelectingExplainsEachOptionAndCallsNothing()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var usual = await SelectAsync(scene, new { });
        var provider = await SelectAsync(scene, new { preferProvider = true });
        var custom = await SelectAsync(scene, new { preferCustom = true });
        var alone = await SelectAsync(scene, new { noFallback = true });

        Assert.Equal(Scene.CustomId, usual.GetProperty("modelId").GetString());
        Assert.Equal("custom", usual.GetProperty("type").GetString());
        Assert.False(string.IsNullOrEmpty(usual.GetProperty("message").GetString()));
        Assert.Equal(CustomFirst, Eligible(usual));
        Assert.Equal(Scene.ProviderId, provider.GetProperty("modelId").GetString());
        Assert.Equal("provider", provider.GetProperty("type").GetString());
        Assert.Equal(ProviderFirst, Eligible(provider));
        Assert.Equal(CustomFirst, Eligible(custom));
        Assert.Equal([Scene.CustomId], Eligible(alone));
        Assert.Equal("fallback is off", alone.GetProperty("plan")[1].GetProperty("reason").GetString());
        Assert.DoesNotContain("sk-simulated", usual.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(scene.Custom.Requests.Snapshot());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    private static async Task PutPolicyAsync(Scene scene, object policy) =>
        (await scene.Tenant.SendAsync(HttpMethod.Put, "/api/policy", policy)).Require(HttpStatusCode.OK);

    private static async Task<JsonElement> SelectAsync(Scene scene, object body) =>
        (await scene.Tenant.SendAsync(HttpMethod.Post, "/api/models/select", body)).Require(HttpStatusCode.OK).Json;

    private static IEnumerable<string?> Eligible(JsonElement selection) =>
        selection.GetProperty("plan").EnumerateArray().Where(p => p.GetProperty("eligible").GetBoolean()).Select(p => p.GetProperty("modelId").GetString());
}
