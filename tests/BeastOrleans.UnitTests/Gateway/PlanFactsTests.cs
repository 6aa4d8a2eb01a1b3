using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Gateway.Directory;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class PlanFactsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1023, 0)]
    [InlineData(1024, 1024)]
    [InlineData(2047, 1024)]
    [InlineData(2048, 2048)]
    [InlineData(8191, 4096)]
    [InlineData(int.MaxValue, 1 << 30)]
    public void RoundTokens_IsAPowerOfTwoAtOrBelow(int estimate, int rounded) => Assert.Equal(rounded, PlanFacts.RoundTokens(estimate));

    [Fact]
    public void RoundTokens_NeverSaysMoreThanThereAre() =>
        Gen.Int[0, int.MaxValue].Sample(n => PlanFacts.RoundTokens(n) <= n && (n < 1024 || PlanFacts.RoundTokens(n) > n / 2));

    [Fact]
    public void ToPolicy_SaysOnlyWhatWasAsked()
    {
        Assert.Same(RoutePolicy.Empty, new PlanFacts("auto", null, null, Capabilities.None, 0).ToPolicy());
        var policy = new PlanFacts("auto", Preference.Provider, true, Capabilities.None, 0).ToPolicy();
        Assert.Equal(RoutePolicy.Empty with { Prefer = Preference.Provider, NoFallback = true }, policy);
    }
}
