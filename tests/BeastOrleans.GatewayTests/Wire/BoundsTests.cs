using System.Globalization;
using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Wire;

[Collection(WireCollection.Name)]
public sealed class BoundsTests(WireFixture fixture)
{
    private const string HugeEvent = """{"hugeLineBytes":5000000}""";

    private const string Plain = """{"model":"auto","messages":[{"role":"user","content":"Hello"}]}""";

    [Fact]
    public async Task A_large_answer_within_the_bound_is_given()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.ScriptJson(HugeEvent);
        var answer = await scene.ChatAsync(streaming: false);
        Assert.Equal(Scene.CustomId, answer.Header("x-beast-model"));
        Assert.True(answer.Text.Length > 5_000_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_body_beyond_ten_megabytes_is_refused_and_nothing_called(bool announced)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Content = new ByteArrayContent(new byte[10_000_001]);
        request.Headers.Authorization = new("Bearer", scene.Tenant.Key);
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.ExpectContinue = announced;
        using var response = await scene.Tenant.Server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("10000000", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(scene.Custom.Requests.Snapshot());
        Assert.Equal(HttpStatusCode.OK, (await scene.ChatAsync(streaming: false)).Status);
    }

    [Fact]
    public async Task A_request_body_of_nine_megabytes_is_forwarded_whole()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        var body = Plain.Replace("Hello", new string('x', 9_000_000), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await scene.PostAsync(body)).Status);
        Assert.Equal((body.Length + "llama-3".Length - "auto".Length).ToString(CultureInfo.InvariantCulture), Assert.Single(scene.Custom.Requests.Snapshot()).Headers["content-length"]);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(302)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed_and_its_target_learns_no_credential(int status)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        await using var target = await SimulatorServer.StartAsync();
        scene.Custom.Script(new SimulatorBehavior { Status = status, Redirect = target.BaseUrl + "/v1/chat/completions" });
        foreach (var stream in new[] { true, false })
        {
            var answer = await scene.ChatAsync(stream);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal(Scene.ProviderId, answer.Header("x-beast-model"));
            Assert.Null(answer.Header("Location"));
        }

        Assert.Equal(0, target.Stats.Received);
    }
}
