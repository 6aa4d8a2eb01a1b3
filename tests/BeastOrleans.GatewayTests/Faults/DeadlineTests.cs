using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>Nobody waits beyond the deadline, and a deadline that somebody shortened is nobody's illness.</summary>
[Collection(FaultCollection.Name)]
public sealed class DeadlineTests(FaultFixture fixture)
{
    private static readonly SimulatorBehavior Silent = new() { Hang = true };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAllAreSilentOneErrorNamesThemInsideTheDeadline(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { attemptSeconds = 0.3, firstContentSeconds = 0.3 } });
        await PutDeadlineAsync(scene.Tenant);
        scene.Custom.Script(Silent);
        scene.Provider.Script(Silent);

        var startedAt = TimeProvider.System.GetTimestamp();
        var answer = await scene.ChatAsync(streaming);

        Assert.InRange(TimeProvider.System.GetElapsedTime(startedAt), TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(2.5));
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("deadline_exceeded", answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("custom:mine=timeout;openai:gpt-4=timeout", answer.Header("x-beast-attempts"));
        Assert.Equal(
            [Scene.CustomId, Scene.ProviderId],
            answer.Json.GetProperty("attempts").EnumerateArray().Select(a => a.GetProperty("modelId").GetString()!));
        var rows = (await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts").EnumerateArray();
        Assert.Equal(["timeout", "abandoned"], rows.Select(r => r.GetProperty("outcome").GetString()!));
        await Eventually.IsTrueAsync("the custom model's own limit counts", async () => (await scene.CircuitAsync()).GetProperty("failures").GetInt32() == 1);
        Assert.Equal(0, (await scene.CircuitAsync(Scene.ProviderId)).GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task ADeadlineThatATenantShortenedHarmsNoSharedEndpoint()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        upstream.Script(Silent);
        var name = "shared-" + Guid.NewGuid().ToString("N")[..8];
        var circuit = $"/admin/v1/endpoints/custom:{name}/circuit";
        (await fixture.Server.AdminAsync(HttpMethod.Post, "/admin/v1/endpoints", new { name, baseUrl = upstream.BaseUrl + "/v1", model = "llama-3" })).Require(HttpStatusCode.Created);
        try
        {
            var hasty = await fixture.Server.CreateTenantAsync();
            await PutDeadlineAsync(hasty);

            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => hasty.ChatAsync("custom:" + name)));

            Assert.All(answers, a => Assert.Equal((HttpStatusCode.GatewayTimeout, $"custom:{name}=timeout"), (a.Status, a.Header("x-beast-attempts"))));
            Assert.Equal(8, upstream.Requests.Count);
            var seen = (await fixture.Server.AdminAsync(HttpMethod.Get, circuit)).Require(HttpStatusCode.OK).Json;
            Assert.Equal(("closed", 0), (seen.GetProperty("state").GetString(), seen.GetProperty("failures").GetInt32()));

            // Another tenant is served by it as if nothing had been.
            upstream.ClearScript();
            var patient = await fixture.Server.CreateTenantAsync();
            Assert.Equal($"custom:{name}=ok", (await patient.ChatAsync("custom:" + name)).Header("x-beast-attempts"));
        }
        finally
        {
            (await fixture.Server.AdminAsync(HttpMethod.Delete, "/admin/v1/endpoints/" + name)).Require(HttpStatusCode.NoContent);
        }
    }

    private static async Task PutDeadlineAsync(TestTenant tenant) =>
        (await tenant.SendAsync(HttpMethod.Put, "/api/policy", new { deadlineSeconds = 1 })).Require(HttpStatusCode.OK);
}
