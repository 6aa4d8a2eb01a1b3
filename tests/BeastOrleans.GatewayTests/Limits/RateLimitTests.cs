using System.Globalization;
using System.Net;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Limits;

/// <summary>Requests and tokens per minute and parallel calls, of a key, a user and a tenant.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RateLimitTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("key", "This key's limit of 2 requests per minute is reached.")]
    [InlineData("user", "This user's limit of 2 requests per minute is reached.")]
    [InlineData("tenant", "This tenant's limit of 2 requests per minute is reached.")]
    public async Task Requests_above_the_limit_are_refused_before_any_upstream_hears_of_them(string kind, string message)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await LimitAsync(scene, kind, new { requestsPerMinute = 2 });

        var first = (await scene.ChatAsync(streaming: false, "auto", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        Assert.Equal(("2", "0"), (first.Header("x-ratelimit-limit-requests"), first.Header("x-ratelimit-remaining-requests")));
        Assert.EndsWith("s", first.Header("x-ratelimit-reset-requests"), StringComparison.Ordinal);
        Assert.Null(first.Header("x-ratelimit-limit-tokens"));
        var refused = (await scene.ChatAsync(streaming: true, "auto", ("x-beast-user", "alice"))).AssertError(429, "rate_limited");
        Assert.Equal(message, refused.Message());

        // Thirty seconds for one request; a second more while the gateway's report is on its way.
        Assert.InRange(SecondsOf(refused), 29, 31);
        Assert.Equal(1, scene.Custom.Stats.Received + scene.Provider.Stats.Received);
    }

    [Fact]
    public async Task Retry_After_is_true_and_refused_requests_consume_nothing()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await LimitAsync(scene, "tenant", new { requestsPerMinute = 15 });
        (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        var seconds = SecondsOf((await scene.ChatAsync(streaming: false)).AssertError(429));
        Assert.InRange(seconds, 3, 5);

        var took = await Eventually.IsTrueAsync("the next request is let in", async () => (await scene.ChatAsync(streaming: false)).Status == HttpStatusCode.OK);
        Assert.InRange(took.TotalSeconds, seconds - 2, seconds + 1);
    }

    [Fact]
    public async Task Tokens_are_counted_as_they_really_were()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await LimitAsync(scene, "key", new { tokensPerMinute = 60 });

        var first = (await scene.ChatAsync(streaming: false)).Require(HttpStatusCode.OK);
        Assert.Equal("60", first.Header("x-ratelimit-limit-tokens"));
        var refused = (await scene.ChatAsync(streaming: false)).AssertError(429, "rate_limited");
        Assert.Equal("This key's limit of 60 tokens per minute is reached.", refused.Message());

        // What the answer cost beyond the burst of 6 is owed and paid first. It is booked just after the answer's last byte.
        await Eventually.IsTrueAsync(
            "the answer's tokens are owed",
            async () => SecondsOf((await scene.ChatAsync(streaming: false)).AssertError(429)) is >= 7 and <= 90);
        Assert.Equal(1, scene.Custom.Stats.Received);
    }

    [Fact]
    public async Task A_parallel_slot_is_free_again_when_its_stream_has_ended_or_been_left()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await LimitAsync(scene, "tenant", new { parallel = 1 });
        for (var round = 0; round < 2; round++)
        {
            scene.Custom.Script(new Simulator.SimulatorBehavior { Times = 1, StallAfter = 3 });
            using (var stream = await scene.OpenStreamAsync())
            {
                Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
                Assert.Equal("This tenant's limit of 1 parallel requests is reached.", (await scene.ChatAsync(streaming: false)).AssertError(429).Message());
            }

            // The client has left.
            await Eventually.IsTrueAsync("the slot is free", async () => (await scene.ChatAsync(streaming: false)).Status == HttpStatusCode.OK);
        }

        (await scene.ChatAsync(streaming: true)).Require(HttpStatusCode.OK);
        (await scene.ChatAsync(streaming: true)).Require(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Anthropics_clients_are_refused_in_their_own_words()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await LimitAsync(scene, "key", new { requestsPerMinute = 1 });
        var body = new { model = "auto", max_tokens = 10, messages = new[] { new { role = "user", content = "Hello" } } };
        (await scene.Tenant.SendAsync(HttpMethod.Post, "/v1/messages", body)).Require(HttpStatusCode.OK);
        var refused = (await scene.Tenant.SendAsync(HttpMethod.Post, "/v1/messages", body)).AssertError(429);
        Assert.Equal("rate_limit_error", refused.Json.GetProperty("error").Text("type"));
        Assert.Equal(("1", "0"), (refused.Header("anthropic-ratelimit-requests-limit"), refused.Header("anthropic-ratelimit-requests-remaining")));
        Assert.InRange(SecondsOf(refused), 58, 61);
    }

    private static int SecondsOf(ApiAnswer answer) => int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture);

    private async Task LimitAsync(Scene scene, string kind, object limits)
    {
        var scope = kind switch
        {
            "key" => "key:" + Gateway.Authentication.VirtualKeySecret.KeyIdOf(DigestOf(scene.Tenant.Key)),
            "user" => $"user:{scene.Tenant.Id}/alice",
            _ => "tenant:" + scene.Tenant.Id,
        };
        (await fixture.Server.AdminAsync(HttpMethod.Put, "/admin/v1/limits/" + scope, limits)).Require(HttpStatusCode.OK);
    }

    private static string DigestOf(string key)
    {
        Assert.True(Gateway.Authentication.VirtualKeySecret.TryDigest(key, out var digest));
        return digest.ToHex();
    }
}
