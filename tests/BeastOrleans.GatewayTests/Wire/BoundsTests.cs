using System.Globalization;
using System.Net;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Wire;

[Collection(WireCollection.Name)]
public sealed class BoundsTests(WireFixture fixture)
{
    private const string HugeEvent = """{"hugeLineBytes":5000000}""";

    [Theory]
    [InlineData(HugeEvent, true, "other")]
    [InlineData("""{"hugeHeaderBytes":200000}""", true, null)]
    [InlineData("""{"hugeHeaderBytes":200000}""", false, null)]
    [InlineData("""{"gzipCorrupt":true}""", true, null)]
    [InlineData("""{"gzipCorrupt":true}""", false, null)]
    [InlineData("""{"truncateContentLength":true}""", false, "network")]
    [InlineData("""{"emptyBody":true}""", true, "other")]
    [InlineData("""{"emptyBody":true}""", false, "other")]
    [InlineData("""{"html":true}""", true, "other")]
    [InlineData("""{"html":true}""", false, "other")]
    [InlineData("""{"malformedJson":true}""", false, "other")]
    [InlineData("""{"invalidUtf8":true}""", false, "other")]
    [InlineData("""{"cutAfter":20}""", false, "network")]
    [InlineData("""{"resetAfter":20}""", false, "network")]
    [InlineData("""{"endAfter":20}""", false, "other")]
    [InlineData("""{"rawBody":"{\"choices\":[]}"}""", false, "other")]
    [InlineData("""{"rawBody":"[]"}""", false, "other")]
    public async Task An_answer_that_is_none_falls_back_and_hurts_nobody(string behavior, bool stream, string? reason)
    {
        await using var scene = await fixture.SceneAsync();
        scene.Custom.ScriptJson(behavior);
        var answer = stream ? await scene.StreamAsync() : await scene.ChatAsync();
        scene.AssertProviderAnswered(answer, reason ?? answer.Header("x-beast-fallback-reason")!);
        await Eventually.IsTrueAsync("the circuit counted it", async () => await scene.CircuitFailuresAsync() >= 1);

        // The process goes on: the next answer is the custom model's.
        scene.Custom.ClearScript();
        Assert.Equal("custom:own", (await scene.ChatAsync()).Header("x-beast-model"));
    }

    [Fact]
    public async Task A_large_answer_within_the_bound_is_given()
    {
        await using var scene = await fixture.SceneAsync();
        scene.Custom.ScriptJson(HugeEvent);
        var answer = await scene.ChatAsync();
        Assert.Equal("custom:own", answer.Header("x-beast-model"));
        Assert.True(answer.Bytes.Length > 5_000_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_body_beyond_ten_megabytes_is_refused_and_nothing_called(bool announced)
    {
        await using var scene = await fixture.SceneAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Content = new ByteArrayContent(new byte[10_000_001]);
        request.Headers.Authorization = new("Bearer", scene.Tenant.Key);
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.ExpectContinue = announced;
        using var response = await scene.Tenant.Server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("10000000", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(scene.Custom.Requests.Snapshot());
        Assert.Equal(HttpStatusCode.OK, (await scene.ChatAsync()).Status);
    }

    [Fact]
    public async Task A_request_body_of_nine_megabytes_is_forwarded_whole()
    {
        await using var scene = await fixture.SceneAsync();
        var body = Bodies.Plain.Replace("Hello", new string('x', 9_000_000), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await scene.SendAsync(body)).Status);
        Assert.Equal((body.Length + "llama-3".Length - "auto".Length).ToString(CultureInfo.InvariantCulture), Assert.Single(scene.Custom.Requests.Snapshot()).Headers["content-length"]);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(302)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed_and_its_target_learns_no_credential(int status)
    {
        await using var scene = await fixture.SceneAsync();
        await using var target = await SimulatorServer.StartAsync();
        scene.Custom.Script(new SimulatorBehavior { Status = status, Redirect = target.BaseUrl + "/v1/chat/completions" });
        foreach (var stream in new[] { true, false })
        {
            var answer = stream ? await scene.StreamAsync() : await scene.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal("openai:gpt-4", answer.Header("x-beast-model"));
            Assert.Null(answer.Header("Location"));
        }

        Assert.Equal(0, target.Stats.Received);
    }
}
