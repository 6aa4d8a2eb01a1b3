using System.Globalization;
using System.Net;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>Every client with every upstream. The upstream refuses what its real API refuses, so an answer shows that the translation is valid.</summary>
[Collection(ContractCollection.Name)]
public sealed class ContractTests(GatewayFixture fixture)
{
    private const int Prompt = 50;
    private const int Cached = 20;
    private const int Completion = 9;

    /// <summary>Dollars at the scene's price; what the upstream had cached costs the same here.</summary>
    private const decimal Cost = (Prompt * 1_000m + Completion * 2_000m) / 1_000_000m;

    private static readonly SimulatorBehavior Counted = new() { PromptTokens = Prompt, CachedTokens = Cached, CompletionTokens = Completion };

    public static TheoryData<string, string, string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string, bool>();
            foreach (var (client, upstream) in ContractScene.Pairs)
            {
                foreach (var ask in Ask.All)
                {
                    foreach (var stream in new[] { false, true })
                    {
                        if (ClientDialect.All[client].CanSay(ask with { Stream = stream }))
                        {
                            rows.Add(client, upstream, ask.Name, stream);
                        }
                    }
                }
            }

            return rows;
        }
    }

    public static TheoryData<string, string> StreamingPairs
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (client, upstream) in ContractScene.Pairs.Where(static pair => pair.Client != "embeddings"))
            {
                rows.Add(client, upstream);
            }

            return rows;
        }
    }

    public static TheoryData<string, string> Unreachable
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var client in ClientDialect.All)
            {
                foreach (var upstream in ContractScene.Upstreams.Where(upstream => !client.Value.CanReach(upstream)))
                {
                    rows.Add(client.Key, upstream);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task TheClientUnderstandsTheAnswer(string client, string upstream, string name, bool stream)
    {
        await using var scene = await ContractScene.StartAsync(fixture.Server, client, upstream, Counted);
        var ask = Ask.Of(name, stream);

        var answer = await scene.SendAsync(scene.Request(ask));

        var seen = Assert.Single(scene.Upstream.Requests.Snapshot());
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer.Text}\nupstream: {seen.Body}");
        var understood = scene.Client.Read(answer.Text, stream);
        if (client == "embeddings")
        {
            Assert.Equal(Prompt, understood.Input);
            return;
        }

        Assert.Equal(ExpectedText(ask, upstream), understood.Text);
        Assert.Equal(ask.ExpectedCalls, understood.Calls);
        Assert.Equal(ask.ExpectedFinish, understood.Finish);
        Assert.Equal((Prompt, Cached, Completion), (understood.Input, understood.Cached, understood.Output));
        Assert.Equal(stream, seen.Stream);
        Assert.Equal(ContractScene.UpstreamModel(upstream), seen.Model);
        Assert.Equal("custom:mine=ok", answer.Header("x-beast-attempts"));
        // Only OpenAI gives a schema a name.
        var losesName = ask.HasSchema && upstream != "openai" && (client, upstream) != ("messages", "anthropic");
        Assert.Equal(losesName ? "response_format.json_schema.name" : null, answer.Header("x-beast-dropped"));
        if (ask.HasImage)
        {
            Assert.Contains(Ask.Image, seen.Body, StringComparison.Ordinal);
        }

        if (ask.System is { } system)
        {
            Assert.Contains(system, seen.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(StreamingPairs))]
    public async Task AStreamCostsWhatTheWholeAnswerCosts(string client, string upstream)
    {
        await using var scene = await ContractScene.StartAsync(fixture.Server, client, upstream, Counted);
        var whole = await scene.SendAsync(scene.Request(Ask.Of("text", stream: false)));
        var streamed = await scene.SendAsync(scene.Request(Ask.Of("text", stream: true)));

        Assert.Equal(Cost, await scene.CostAsync(whole));
        Assert.Equal(Cost, await scene.CostAsync(streamed));
        Assert.Equal(Cost, decimal.Parse(whole.Header("x-beast-cost-usd")!, CultureInfo.InvariantCulture));
    }

    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task WhatAnUpstreamCannotServeIsNotSentToIt(string client, string upstream)
    {
        await using var scene = await ContractScene.StartAsync(fixture.Server, client, upstream);

        var answer = await scene.SendAsync(scene.Request(Ask.Of("text", stream: false)));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        // A model that is known to take chats alone is not even chosen for embeddings.
        Assert.Contains(client == "embeddings" ? "lacks embeddings" : "need an endpoint of the OpenAI dialect", scene.Client.ReadError(answer.Json).Message, StringComparison.Ordinal);
        Assert.Empty(scene.Upstream.Requests.Snapshot());
    }

    private static string ExpectedText(Ask ask, string upstream) => ask.HasResults
        // Anthropic and Gemini take the results of one step in one turn; in chat each is a message of its own, and the last is answered.
        ? $"The tool said: {(upstream == "openai" ? "noon" : "18 degrees noon")}"
        : ask.ExpectedText.Replace("{0}", ContractScene.UpstreamModel(upstream), StringComparison.Ordinal);
}
