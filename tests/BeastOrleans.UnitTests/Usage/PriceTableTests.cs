using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class PriceTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("openai:gpt-4", 30, 60)]
    [InlineData("openai:gpt-4-0613", 30, 60)]
    [InlineData("openai:gpt-4o-2024-08-06", 2.5, 10)]
    [InlineData("anthropic:claude-sonnet-4-5", 3, 15)]
    [InlineData("anthropic:claude-sonnet-4-5-20250929", 3, 15)]
    public void Find_WellKnown_IsBuiltIn(string id, double input, double output)
    {
        var quote = PriceTable.BuiltIn.Find(id, Now);
        Assert.NotNull(quote);
        Assert.Equal((Money.FromUsd((decimal)input), Money.FromUsd((decimal)output)), (quote.InputPerMTok, quote.OutputPerMTok));
        Assert.StartsWith("builtin:", quote.Version, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai:gpt-4-turbo-unheard-of")]
    [InlineData("custom:my-model")]
    [InlineData("openai:gpt-4-20250")]
    [InlineData("")]
    public void Find_Unknown_IsUnpricedNotZero(string id) => Assert.Null(PriceTable.BuiltIn.Find(id, Now));

    [Fact]
    public void Find_DatedName_IsTheOperatorsBeforeTheBuiltIn()
    {
        var table = PriceTable.With([Entry("openai:gpt-4o", 5, "prices:1", Now), Entry("openai:gpt-4o-2024-05-13", 6, "prices:2", Now)]);
        Assert.Equal("prices:1", table.Find("openai:gpt-4o-2024-08-06", Now)!.Version);
        Assert.Equal("prices:2", table.Find("openai:gpt-4o-2024-05-13", Now)!.Version);
        Assert.StartsWith("builtin:", table.Find("openai:gpt-4o-mini-2024-07-18", Now)!.Version, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OperatorsLatestInForce_Wins()
    {
        var table = PriceTable.With(
        [
            Entry("openai:gpt-4", 30, "prices:1", Now.AddDays(-2)),
            Entry("openai:gpt-4", 31, "prices:2", Now.AddDays(-1)),
            Entry("openai:gpt-4", 99, "prices:3", Now.AddDays(1)),
            Entry("custom:my-model", 1, "prices:4", Now.AddDays(1)),
        ]);
        Assert.Equal("prices:2", table.Find("openai:gpt-4", Now)!.Version);
        Assert.Equal("prices:1", table.Find("openai:gpt-4", Now.AddDays(-1.5))!.Version);
        Assert.StartsWith("builtin:", table.Find("openai:gpt-4", Now.AddDays(-3))!.Version, StringComparison.Ordinal);
        Assert.Equal("prices:3", table.Find("openai:gpt-4", Now.AddDays(1))!.Version);
        Assert.Null(table.Find("custom:my-model", Now));
    }

    [Fact]
    public void Entries_ListEachModelOnce()
    {
        var table = PriceTable.With([Entry("openai:gpt-4", 30, "prices:1", Now), Entry("custom:x", 1, "prices:2", Now)]);
        var entries = table.Entries(Now);
        Assert.Equal("prices:1", Assert.Single(entries, entry => entry.ModelId == "openai:gpt-4").Version);
        Assert.Single(entries, entry => entry.ModelId == "custom:x");
        Assert.All(entries, entry => Assert.Equal(table.Find(entry.ModelId, Now), entry.Price.Quote(entry.Version)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(-3, 0)]
    [InlineData(long.MaxValue, (long.MaxValue / 4) + 1)]
    public void Estimate_FourCharactersAToken(long characters, long tokens)
    {
        Assert.Equal(tokens, UsageEstimator.Tokens(characters));
        Assert.Equal(UsageSource.Estimated, UsageEstimator.Estimate(characters, 0).Source);
    }

    [Fact]
    public void Estimate_BytesAndCharactersAgree()
    {
        const string text = "Grüße, мир 👋";
        Assert.Equal(UsageEstimator.Tokens(text), UsageEstimator.Tokens(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private static PriceEntry Entry(string model, decimal usd, string version, DateTimeOffset from) => new()
    {
        ModelId = model,
        Price = new ModelPrice { InputPerMTok = Money.FromUsd(usd), OutputPerMTok = Money.FromUsd(usd) },
        Version = version,
        EffectiveFrom = from,
    };
}
