using System.Text;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>Anthropic's official .NET client, in front of an endpoint of its own dialect and of OpenAI's.</summary>
[Collection(GatewayCollection.Name)]
public sealed class AnthropicSdkTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("anthropic")]
    [InlineData("openai")]
    public async Task AMessageWorks(string dialect)
    {
        await using var scene = await StartAsync(dialect);

        var message = await Client(scene).Messages.Create(Hello());

        Assert.Equal(Scene.TextFrom("llama-3"), TextOf(message));
        Assert.Equal("end_turn", message.StopReason?.Raw());
        Assert.Equal(16, message.Usage.OutputTokens);
        Assert.StartsWith("msg_", message.ID, StringComparison.Ordinal);
        Assert.Single(scene.Custom.Requests.Snapshot());
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("openai")]
    public async Task AStreamWorks(string dialect)
    {
        await using var scene = await StartAsync(dialect);

        var (text, stop, usage) = await StreamAsync(scene);

        Assert.Equal(Scene.TextFrom("llama-3"), text);
        Assert.Equal("end_turn", stop);
        Assert.Equal(16, usage);
    }

    [Theory]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    public async Task AFallbackToAnotherDialectIsInvisible(string dialect, bool streaming)
    {
        await using var scene = await StartAsync(dialect);
        await scene.Custom.StopAsync();

        var text = streaming ? (await StreamAsync(scene)).Text : TextOf(await Client(scene).Messages.Create(Hello()));

        Assert.Equal(Scene.TextFrom("gpt-4"), text);
        Assert.Single(scene.Provider.Requests.Snapshot());
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("openai")]
    public async Task AStreamCutInMidAnswerIsAnErrorToTheClient(string dialect)
    {
        await using var scene = await StartAsync(dialect);
        scene.Custom.Script(new SimulatorBehavior { CutAfter = 3 });

        await Assert.ThrowsAnyAsync<AnthropicException>(() => StreamAsync(scene));
        Assert.Empty(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task ErrorsRaiseTheClientsOwnExceptions()
    {
        await using var scene = await StartAsync("openai");
        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() => Client(scene, key: "bst_wrong").Messages.Create(Hello()));
        await Assert.ThrowsAsync<AnthropicNotFoundException>(() => Client(scene).Messages.Create(Hello() with { Model = "custom:none" }));

        scene.Custom.Script(new SimulatorBehavior { Status = 400, ErrorMessage = "no such thing" });
        var bad = await Assert.ThrowsAsync<AnthropicBadRequestException>(() => Client(scene).Messages.Create(Hello()));
        Assert.Contains("no such thing", bad.Message, StringComparison.Ordinal);

        scene.Custom.Script(new SimulatorBehavior { Status = 429, RetryAfter = "30" });
        scene.Provider.Script(new SimulatorBehavior { Status = 429, RetryAfter = "30" });
        await Assert.ThrowsAsync<AnthropicRateLimitException>(() => Client(scene).Messages.Create(Hello()));
    }

    [Fact]
    public async Task TokensAreCounted()
    {
        await using var scene = await StartAsync("openai");

        var count = await Client(scene).Messages.CountTokens(new MessageCountTokensParams { Model = "auto", Messages = Hello().Messages });

        Assert.InRange(count.InputTokens, 1, 100);
    }

    private static MessageCreateParams Hello() => new() { MaxTokens = 64, Model = "auto", Messages = [new UserMessageParam("Hello")] };

    private Task<Scene> StartAsync(string dialect) => Scene.StartAsync(fixture.Server, new { model = "llama-3", dialect }, customOptions: new SimulatorOptions { Strict = true });

    private AnthropicClient Client(Scene scene, string? key = null) =>
        new() { BaseUrl = fixture.Server.Url.ToString().TrimEnd('/'), ApiKey = key ?? scene.Tenant.Key, MaxRetries = 0 };

    private static string TextOf(Message message) =>
        string.Concat(message.Content.Select(block => block.TryPickText(out var text) ? text.Text : ""));

    private async Task<(string Text, string? Stop, long? OutputTokens)> StreamAsync(Scene scene)
    {
        var text = new StringBuilder();
        string? stop = null;
        long? usage = null;
        await foreach (var e in Client(scene).Messages.CreateStreaming(Hello()))
        {
            if (e.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece))
            {
                text.Append(piece.Text);
            }
            else if (e.TryPickDelta(out var end))
            {
                stop = end.Delta.StopReason?.Raw();
                usage = end.Usage.OutputTokens;
            }
        }

        return (text.ToString(), stop, usage);
    }
}
