using System.Net;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Forwarding;

/// <summary>When nobody answers, one error says what was tried; when the caller is wrong, nobody else is bothered.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FinalErrorTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAllFailOneErrorNamesEveryAttempt(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" });
        scene.Custom.Script(new SimulatorBehavior { Html = true });
        scene.Provider.Script(new SimulatorBehavior { Status = 404, ErrorMessage = "no such thing here" });

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("application/json", answer.Header("content-type"));
        Assert.Equal("custom:mine=other;openai:gpt-4=other", answer.Header("x-beast-attempts"));
        Assert.Null(answer.Header("x-beast-model"));
        Assert.Equal(answer.Header("x-beast-request-id"), answer.Json.GetProperty("request_id").GetString());
        var error = answer.Json.GetProperty("error");
        Assert.Equal("upstream_failed", error.GetProperty("code").GetString());
        var message = error.GetProperty("message").GetString()!;
        Assert.Contains(Scene.CustomId, message, StringComparison.Ordinal);
        Assert.Contains(Scene.ProviderId, message, StringComparison.Ordinal);
        Assert.Contains("no such thing here", message, StringComparison.Ordinal);
        var attempts = answer.Json.GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal(2, attempts.Length);
        Assert.Equal("llama-3", attempts[0].GetProperty("model").GetString());
        Assert.Equal("gpt-4", attempts[1].GetProperty("model").GetString());
        Assert.Equal(404, attempts[1].GetProperty("status").GetInt32());
        Assert.True(attempts[1].GetProperty("ms").GetInt32() >= 0);
        var record = await scene.DecisionAsync(answer.Header("x-beast-request-id"));
        Assert.Equal(502, record.GetProperty("status").GetInt32());
        Assert.Equal(JsonValueKind.Null, record.GetProperty("served").ValueKind);
        Assert.Equal("other", record.GetProperty("fallbackReason").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAllTimedOutTheStatusIs504(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { timeouts = new { attemptSeconds = 0.3 } }, provider: false);
        await scene.RegisterAsync("other", scene.Provider, new { timeouts = new { attemptSeconds = 0.3 } });
        scene.Custom.Script(new SimulatorBehavior { Hang = true });
        scene.Provider.Script(new SimulatorBehavior { Hang = true });

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("upstream_timeout", Code(answer));
        Assert.Equal("custom:mine=timeout;custom:other=timeout", answer.Header("x-beast-attempts"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAllAreOverloadedTheStatusIs429WithTheLeastWait(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "30" });
        scene.Provider.Script(new SimulatorBehavior { Status = 503, RetryAfter = "7" });

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal("7", answer.Header("retry-after"));
        Assert.Equal("upstream_overloaded", Code(answer));
        Assert.Equal("custom:mine=overload;openai:gpt-4=overload", answer.Header("x-beast-attempts"));
    }

    [Fact]
    public async Task WhenAllAreOverloadedAndNoneSaid429TheStatusIs503()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, provider: false);
        scene.Custom.Script(new SimulatorBehavior { Status = 503, RetryAfter = "9" });

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("9", answer.Header("retry-after"));
        Assert.Equal("upstream_overloaded", Code(answer));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenEveryCircuitIsIsolatedNobodyIsCalledAndTheStatusIs503(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.OperateAsync(Scene.CustomId, "isolate");
        await scene.OperateAsync(Scene.ProviderId, "isolate");
        await scene.SeesCircuitAsync("isolated");

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("no_healthy_endpoint", Code(answer));
        Assert.Equal("1", answer.Header("retry-after"));
        Assert.Null(answer.Header("x-beast-attempts"));
        Assert.Contains("custom:mine: not called, isolated by an operator", Message(answer), StringComparison.Ordinal);
        Assert.Contains("openai:gpt-4: not called, isolated by an operator", Message(answer), StringComparison.Ordinal);
        Assert.Empty(scene.Custom.Requests.Snapshot());
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task WhenEveryCircuitIsOpenTheStatusIs503WithTheTimeOfTheNextProbe()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, provider: false);
        scene.Custom.Script(new SimulatorBehavior { Html = true });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.BadGateway, (await scene.ChatAsync(streaming: false)).Status);
        }

        await scene.SeesCircuitAsync("open");
        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("no_healthy_endpoint", Code(answer));
        Assert.InRange(int.Parse(answer.Header("retry-after")!, System.Globalization.CultureInfo.InvariantCulture), 1, 6);
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(400, true)]
    [InlineData(422, false)]
    [InlineData(413, false)]
    public async Task TheCallersMistakeComesBackAsTheUpstreamSaidItAndNobodyElseIsAsked(int status, bool streaming)
    {
        const string Body = """{"error" : {"message":"messages[0].content is odd", "type":"invalid_request_error","param":"messages","code":"bad_content","vendor":1}}""";
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { Status = status, RawBody = Body });

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(Body, answer.Text);
        Assert.Equal("custom:mine=caller", answer.Header("x-beast-attempts"));
        Assert.Single(scene.Custom.Requests.Snapshot());
        Assert.Empty(scene.Provider.Requests.Snapshot());
        Assert.Equal(0, (await scene.CircuitAsync()).GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task ARejectedUpstreamKeyIsNotTheCallersFault()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, provider: false);
        scene.Custom.Script(new SimulatorBehavior { Status = 401, ErrorMessage = "Incorrect API key provided: sk-very-secret-0123456789abcdef" });

        var answer = await scene.ChatAsync(streaming: false);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("upstream_auth_failed", Code(answer));
        Assert.DoesNotContain("very-secret", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APromptTooLongForOneModelIsShownToALargerOne(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { contextTokens = 1000 });
        scene.Custom.Script(TooLong);

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("custom:mine=other;openai:gpt-4=ok", answer.Header("x-beast-attempts"));
        Assert.Equal("other", answer.Header("x-beast-fallback-reason"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APromptTooLongForEveryModelIsTheUpstreamsContextError(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { contextTokens = 100_000 }, provider: false);
        await scene.RegisterAsync("smaller", scene.Provider, new { contextTokens = 8_192 });
        scene.Custom.Script(TooLong);

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("context_length_exceeded", Code(answer));
        Assert.Equal("This model's maximum context length is 8 tokens.", Message(answer));
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AParameterThatNoUpstreamKnowsIsTheCallersToChange(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        var unknown = new SimulatorBehavior { Status = 400, ErrorCode = "unknown_parameter", ErrorMessage = "Unknown parameter: 'foo'." };
        scene.Custom.Script(unknown);
        scene.Provider.Script(unknown);

        var answer = await scene.ChatAsync(streaming);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(("unknown_parameter", "Unknown parameter: 'foo'."), (Code(answer), Message(answer)));
        Assert.Equal("custom:mine=other;openai:gpt-4=other", answer.Header("x-beast-attempts"));
    }

    [Fact]
    public async Task ARequestThatMeetsOnlyHoldsHearsOfTheOverload()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, provider: false);
        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "30" });
        Assert.Equal(HttpStatusCode.TooManyRequests, (await scene.ChatAsync(streaming: false)).Status);

        ApiAnswer? held = null;
        await Eventually.IsTrueAsync("the hold is known here", async () => (held = await scene.ChatAsync(streaming: false)).Header("x-beast-attempts") is null);

        Assert.Equal(HttpStatusCode.TooManyRequests, held!.Status);
        Assert.Equal("upstream_overloaded", Code(held));
        Assert.InRange(int.Parse(held.Header("retry-after")!, System.Globalization.CultureInfo.InvariantCulture), 1, 30);
    }

    private static SimulatorBehavior TooLong => new()
    {
        Status = 400,
        ErrorCode = "context_length_exceeded",
        ErrorMessage = "This model's maximum context length is 8 tokens.",
    };

    private static string? Code(ApiAnswer answer) => answer.Json.GetProperty("error").GetProperty("code").GetString();

    private static string Message(ApiAnswer answer) => answer.Json.GetProperty("error").GetProperty("message").GetString()!;
}
