using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Spool;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway.Usage;

public sealed class BatchSifterTests
{
    [Fact]
    public void AnyPoison_IsFoundAlone_AndTheOthersAreTakenOnce() =>
        Gen.Select(Gen.Int[2, 200], Gen.Int[0, 6], Gen.Int[0, 40]).SelectMany((rows, bad, down) => Gen.Int[0, rows - 1].Array[0, bad].Select(p => (rows, p.ToHashSet(), down))).Sample(t =>
        {
            var (rows, poison, down) = t;
            var run = Run(rows, poison, down, company: true);
            Assert.Equal(Enumerable.Range(0, rows).Except(poison), run.Taken.Where(i => i < rows).Order());
            Assert.Equal(poison.Order(), run.Poison.Order());
        });

    [Fact]
    public void LedgerDown_NothingIsAnybodysFault()
    {
        var run = Run(50, [], down: 2_000, company: false);
        Assert.Empty(run.Poison);
        Assert.Equal(50, run.Taken.Count);
    }

    [Fact]
    public void LonePoison_WithoutCompany_IsTriedForEver()
    {
        var sifter = new BatchSifter(Part(0, 1));
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(sifter.Failed(sifter.Next()!));
            Assert.True(sifter.WantsCompany);
        }
    }

    [Fact]
    public void Delay_GrowsToItsBound_AndFallsBackAfterASuccess()
    {
        var sifter = new BatchSifter(Part(0, 1));
        var most = TimeSpan.FromSeconds(5);
        for (var i = 0; i < 20; i++)
        {
            sifter.Failed(sifter.Next()!);
        }

        Assert.Equal(most, sifter.Delay(most, random: 1));
        sifter.Succeeded();
        Assert.Equal(TimeSpan.FromMilliseconds(100), sifter.Delay(most, random: 1));
    }

    private static (List<int> Taken, List<int> Poison) Run(int rows, HashSet<int> poison, int down, bool company)
    {
        var taken = new List<int>();
        var aside = new List<int>();
        var sifter = new BatchSifter(Part(0, rows));
        var next = rows;
        for (var tries = 0; sifter.Next() is { } part; tries++)
        {
            Assert.True(tries < 100_000, "it ends");
            var ids = part.Records.Select(r => r.AttemptNumber).ToArray();
            if (tries >= down && !ids.Any(poison.Contains))
            {
                taken.AddRange(ids);
                sifter.Succeeded();
            }
            else if (sifter.Failed(part) is { } bad)
            {
                aside.Add(Assert.Single(bad.Records).AttemptNumber);
            }
            else if (company && sifter.WantsCompany)
            {
                sifter.Add(Part(next++, 1));
            }
        }

        return (taken, aside);
    }

    private static ShipmentPart Part(int first, int count) => new(
        [.. Enumerable.Range(first, count).Select(i => SpoolBox.Record($"r{i}.1") with { AttemptNumber = i })], new SpooledRow[count]);
}
