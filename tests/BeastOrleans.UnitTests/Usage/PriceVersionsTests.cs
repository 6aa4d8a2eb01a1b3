using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class PriceVersionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<PriceEntry> Entries =
        from model in Gen.Int[0, 2]
        from hours in Gen.Int[-20, 20]
        from usd in Gen.Int[0, 5]
        select new PriceEntry
        {
            ModelId = $"openai:m{model}",
            Price = new ModelPrice { InputPerMTok = Money.FromUsd(usd), OutputPerMTok = Money.FromUsd(usd) },
            Version = "",
            EffectiveFrom = Now.AddHours(hours),
        };

    [Fact]
    public void FromNowOn_PricesEveryMomentToComeAsAllVersionsDo() => Entries.Array[0, 12].Sample(entries =>
    {
        PriceEntry[] kept = [];
        for (var i = 0; i < entries.Length; i++)
        {
            kept = PriceVersions.With(kept, entries[i] with { Version = $"prices:{i}" });
        }

        var (all, sent) = (PriceTable.With(kept), PriceTable.With(PriceVersions.FromNowOn(kept, Now)));
        for (var hours = 0; hours <= 21; hours++)
        {
            for (var model = 0; model <= 2; model++)
            {
                Assert.Equal(all.Find($"openai:m{model}", Now.AddHours(hours)), sent.Find($"openai:m{model}", Now.AddHours(hours)));
            }
        }
    });

    [Fact]
    public void With_KeepsABoundedNumberOfEachModel_TheOldestGoing()
    {
        PriceEntry[] kept = [];
        for (var i = 0; i < PriceVersions.PerModel + 3; i++)
        {
            kept = PriceVersions.With(kept, Entry("openai:a", $"prices:{i}", Now.AddMinutes(i)));
        }

        kept = PriceVersions.With(kept, Entry("openai:b", "prices:b", Now));
        Assert.Equal(PriceVersions.PerModel, kept.Count(entry => entry.ModelId == "openai:a"));
        Assert.Equal("prices:3", kept[0].Version);
        Assert.Equal("prices:b", kept[^1].Version);
    }

    [Fact]
    public void Find_OverTime_IsTheVersionInForce_WithoutAnybodyDoingAnything()
    {
        var table = PriceTable.With([Entry("openai:a", "prices:1", Now), Entry("openai:a", "prices:2", Now.AddDays(1))]);
        Assert.Null(table.Find("openai:a", Now.AddTicks(-1)));
        Assert.Equal("prices:1", table.Find("openai:a", Now.AddDays(1).AddTicks(-1))!.Version);
        Assert.Equal("prices:2", table.Find("openai:a", Now.AddDays(1))!.Version);
    }

    private static PriceEntry Entry(string model, string version, DateTimeOffset from) => new()
    {
        ModelId = model,
        Price = new ModelPrice { InputPerMTok = Money.FromUsd(1), OutputPerMTok = Money.FromUsd(1) },
        Version = version,
        EffectiveFrom = from,
    };
}
