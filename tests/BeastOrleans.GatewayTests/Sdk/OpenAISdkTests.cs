using System.ClientModel;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Xunit;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>The official .NET client, pointed at the gateway by its endpoint and key alone.</summary>
[Collection(GatewayCollection.Name)]
public sealed class OpenAISdkTests(GatewayFixture fixture)
{
    [Fact]
    public async Task AChatCompletionWorks()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" }, customOptions: new SimulatorOptions { Strict = true });

        ChatCompletion answer = await Chat(scene).CompleteChatAsync("Hello");

        Assert.Equal(Scene.TextFrom("llama-3"), answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(16, answer.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task AStreamWorksAndCarriesUsage()
    {
        await using var scene = await Scene.StartAsync(fixture.Server, new { model = "llama-3" }, customOptions: new SimulatorOptions { Strict = true });

        var (text, finish, usage) = await StreamAsync(scene);

        Assert.Equal(Scene.TextFrom("llama-3"), text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(16, usage?.OutputTokenCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFallbackIsInvisible(bool streaming)
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        await scene.Custom.StopAsync();

        var text = streaming ? (await StreamAsync(scene)).Text : (await Chat(scene).CompleteChatAsync("Hello")).Value.Content[0].Text;

        Assert.Equal(Scene.TextFrom("gpt-4"), text);
        Assert.Single(scene.Provider.Requests.Snapshot());
    }

    [Fact]
    public async Task TheModelListShowsWhatTheKeyMayUse()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        OpenAIModelCollection models = await new OpenAIModelClient(Credential(scene.Tenant.Key), Options()).GetModelsAsync();

        Assert.Contains(models, m => m.Id == Scene.CustomId);
        Assert.Contains(models, m => m.Id == Scene.ProviderId);
    }

    [Fact]
    public async Task AWrongKeyIs401()
    {
        var chat = new ChatClient("auto", Credential("bst_wrong"), Options());

        var failure = await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync("Hello"));

        Assert.Equal(401, failure.Status);
        Assert.Contains("invalid_api_key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownModelIs404()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);

        var failure = await Assert.ThrowsAsync<ClientResultException>(() => Chat(scene, "custom:nine").CompleteChatAsync("Hello"));

        Assert.Equal(404, failure.Status);
        Assert.Contains(Scene.CustomId, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrokenStreamHasNoFinishReason()
    {
        await using var scene = await Scene.StartAsync(fixture.Server);
        scene.Custom.Script(new SimulatorBehavior { ResetAfter = 3 });

        var (text, finish, _) = await StreamAsync(scene);

        // This client skips events that it does not know, the error among them: the missing finish reason is what shows.
        Assert.Equal("Simulated answer from", text);
        Assert.Null(finish);
    }

    private ChatClient Chat(Scene scene, string model = "auto") => new(model, Credential(scene.Tenant.Key), Options());

    private async Task<(string Text, ChatFinishReason? Finish, ChatTokenUsage? Usage)> StreamAsync(Scene scene)
    {
        var text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat(scene).CompleteChatStreamingAsync("Hello"))
        {
            text += string.Concat(update.ContentUpdate.Select(c => c.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        return (text, finish, usage);
    }

    private static ApiKeyCredential Credential(string key) => new(key);

    private OpenAIClientOptions Options() => new() { Endpoint = new Uri(fixture.Server.Url, "/v1") };
}
