using System.Net;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Money;

/// <summary>What an upstream does not tell is estimated and marked; with a tokenizer, once it is known that it will not.</summary>
[Collection(GatewayCollection.Name)]
public sealed class UntoldUsageTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UsageThatIsNotToldComesToBeCountedWithATokenizer(bool streaming)
    {
        await using var scene = await Scene.StartAsync(
            fixture.Server, provider: false, customOptions: new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { NoUsage = true } });

        // "Hello" and the marks of one turn: four tokens. By characters it is the JSON's length over four.
        await Eventually.IsTrueAsync("the tokenizer counts", async () =>
        {
            var answer = (await scene.ChatAsync(streaming)).Require(HttpStatusCode.OK);
            var tokens = (await scene.DecisionAsync(answer.Header("x-beast-request-id"))).GetProperty("attempts")[0].GetProperty("tokens");
            Assert.Equal("estimated", tokens.GetProperty("source").GetString());
            var (input, output) = (tokens.GetProperty("input").GetInt64(), tokens.GetProperty("output").GetInt64());
            Assert.InRange(output, 12, 30);
            return input == 4;
        });
    }
}
