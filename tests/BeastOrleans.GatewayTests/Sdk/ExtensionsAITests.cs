using System.ClientModel;
using System.ComponentModel;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using Microsoft.Extensions.AI;
using OpenAI;
using Xunit;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>Microsoft.Extensions.AI over the OpenAI client, in front of endpoints of both dialects.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ExtensionsAITests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task AnAnswerAndAStreamCarryTextAndUsage(string dialect)
    {
        await using var scene = await StartAsync(dialect);
        using var client = Client(scene);

        var whole = await client.GetResponseAsync("Hello");
        var streamed = await client.GetStreamingResponseAsync("Hello").ToChatResponseAsync();

        Assert.All([whole, streamed], answer =>
        {
            Assert.Equal(Scene.TextFrom(Model(dialect)), answer.Text);
            Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
            Assert.Equal(16, answer.Usage?.OutputTokenCount);
        });
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    public async Task AFunctionIsCalledAndItsResultAnswered(string dialect, bool streaming)
    {
        await using var scene = await StartAsync(dialect);
        using var client = Client(scene).AsBuilder().UseFunctionInvocation().Build();
        var asked = new List<string>();
        var weather = AIFunctionFactory.Create(
            ([Description("Where.")] string city) =>
            {
                asked.Add(city);
                return "sunny";
            },
            "weather");
        var options = new ChatOptions { Tools = [weather] };

        var answer = streaming
            ? await client.GetStreamingResponseAsync("Hello", options).ToChatResponseAsync()
            : await client.GetResponseAsync("Hello", options);

        Assert.Equal(["simulated"], asked);
        Assert.Contains("The tool said: ", answer.Text, StringComparison.Ordinal);
        Assert.Contains("sunny", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task AnObjectComesByItsSchema(string dialect)
    {
        await using var scene = await StartAsync(dialect);
        using var client = Client(scene);

        var answer = await client.GetResponseAsync<Place>("Hello");

        Assert.Equal(new Place("simulated", 7), answer.Result);
    }

    [Fact]
    public async Task TextsAreEmbedded()
    {
        await using var scene = await StartAsync("openai");
        using var generator = OpenAI(scene).GetEmbeddingClient(Scene.CustomId).AsIEmbeddingGenerator(8);

        var vectors = await generator.GenerateAsync(["one", "two"]);

        Assert.Equal([8, 8], vectors.Select(static vector => vector.Vector.Length));
    }

    private static string Model(string dialect) => dialect == "anthropic" ? "claude-sonnet-4-5" : "gpt-4o";

    private Task<Scene> StartAsync(string dialect) => Scene.StartAsync(
        fixture.Server, new { model = Model(dialect), dialect }, provider: false, customOptions: new SimulatorOptions { Strict = true });

    private IChatClient Client(Scene scene) => OpenAI(scene).GetChatClient(Scene.CustomId).AsIChatClient();

    private OpenAIClient OpenAI(Scene scene) =>
        new(new ApiKeyCredential(scene.Tenant.Key), new OpenAIClientOptions { Endpoint = new Uri(fixture.Server.Url, "/v1") });

    private sealed record Place(string City, int Days);
}
