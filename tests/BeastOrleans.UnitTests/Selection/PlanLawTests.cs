using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Core.Selection;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

public sealed class PlanLawTests
{
    private static readonly string[] Names = ["a", "b", "gpt-4"];
    private static readonly string[] ProviderNames = ["openai", "anthropic", "groq", "vllm"];
    private static readonly string?[] Asked =
        [null, "auto", "custom:a", "custom:gpt-4", "a", "gpt-4", "openai:gpt-4", "anthropic:claude-sonnet-4-5", "vllm:x", "nothing", "groq:"];

    private static readonly string[]?[] Allowed = [null, null, ["custom:*"], ["openai:*", "custom:a"], []];
    private static readonly string[]?[] FallbackLists = [null, null, [], ["openai:gpt-4", "custom:b", "openai:gpt-4", "groq:x"]];

    private static readonly Gen<PlanBuilder> Builders = Gen.Int.Select(seed =>
    {
        var random = new Random(seed);
        var builder = new PlanBuilder();
        foreach (var owner in Enum.GetValues<OwnerKind>())
        {
            foreach (var name in Names.Where(_ => random.Next(3) == 0))
            {
                builder.Custom(name, owner, random.Next(4) != 0, random.Next(2) == 0 ? null : (Capabilities)random.Next(16), random.Next(3) == 0 ? 1_000 : null);
            }

            foreach (var provider in ProviderNames.Where(_ => random.Next(3) == 0))
            {
                builder.Provider(provider, owner, models: random.Next(3) == 0 ? ["gpt-4", "x"] : null);
            }

            builder.Policy(RandomPolicy(random), owner);
        }

        return builder;
    });

    private static readonly Gen<PlanRequest> Requests = Gen.Int.Select(seed =>
    {
        var random = new Random(seed);
        return new PlanRequest
        {
            Model = Asked[random.Next(Asked.Length)],
            Request = RandomPolicy(random),
            AllowedModels = Allowed[random.Next(Allowed.Length)],
            Needs = random.Next(2) == 0 ? Capabilities.None : (Capabilities)random.Next(16),
            PromptTokens = random.Next(2) * 2_000,
        };
    });

    [Fact]
    public void Plans_KeepTheirLaws() => Gen.Select(Builders, Requests).Sample((builder, request) =>
    {
        var plan = builder.Plan(request);
        Assert.All(plan.Candidates.Take(plan.Eligible), candidate => Assert.True(candidate.Eligible && candidate.Key.Length > 0));
        Assert.All(plan.Candidates.Skip(plan.Eligible), candidate => Assert.False(candidate.Eligible));
        Assert.All(plan.Candidates, candidate => Assert.NotEqual("", candidate.Reason));
        Assert.Equal(plan.Eligible == 0, plan.Refusal is not null);
        Assert.True(plan.Eligible <= RoutePlanner.MaxEligible && plan.Candidates.Length <= RoutePlanner.MaxCandidates);
        var keys = plan.Candidates.Where(candidate => candidate.Key.Length > 0).Select(candidate => candidate.Key).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.True(plan.Policy.NoFallback != true || plan.Eligible <= 1);
        Assert.All(plan.Candidates.Take(plan.Eligible), candidate => Assert.True(PlanFilters.IsAllowed(candidate.ModelId, request.AllowedModels)));
        Assert.Equal(plan.Candidates is [{ Eligible: true, Type: EndpointType.Custom }, ..], plan.HadCustom);
        if (request.Model?.StartsWith("openai:", StringComparison.Ordinal) == true && plan.Policy.Fallbacks is null)
        {
            Assert.DoesNotContain(plan.Candidates, candidate => candidate.Type == EndpointType.Custom);
            Assert.True(plan.Candidates.Length <= 1);
        }
    });

    [Fact]
    public void Hash_IsTheSameForTheSamePlan() => Gen.Select(Builders, Requests).Sample((builder, request) =>
    {
        var (one, other) = (builder.Plan(request), builder.Plan(request with { }));
        Assert.Equal(one.Hash, other.Hash);
        Assert.Matches("^[0-9a-f]{16}$", one.Hash);
    });

    [Fact]
    public void Hash_ChangesWithContent()
    {
        string[] hashes =
        [
            new PlanBuilder().Plan().Hash,
            new PlanBuilder().Custom("a").Plan().Hash,
            new PlanBuilder().Custom("a", enabled: false).Plan().Hash,
            new PlanBuilder().Custom("a", usdPerMTok: 1).Plan().Hash,
            new PlanBuilder().Custom("a", usdPerMTok: 2).Plan().Hash,
            new PlanBuilder().Custom("a", OwnerKind.Tenant).Plan().Hash,
            new PlanBuilder().Custom("a").Provider("openai").Plan().Hash,
            new PlanBuilder().Custom("a").Plan("auto", new RoutePolicy { HoldMs = 1 }).Hash,
            new PlanBuilder().Custom("a").Plan("auto", new RoutePolicy { NoFallback = true }).Hash,
            new PlanBuilder().Custom("a").Plan("auto", new RoutePolicy { NoFallback = false }).Hash,
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void Hash_IsStableAcrossVersionsOfTheProduct() =>
        Assert.Equal("7b3ebec4ba7a100b", new PlanBuilder().Custom("my-model", usdPerMTok: 1).Provider("openai").Price("openai:gpt-4", 30, "prices:1").Plan().Hash);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("gpt-4", "gpt-4o", 1)]
    [InlineData("abc", "", 3)]
    public void Distance_IsLevenshteins(string a, string b, int distance)
    {
        Assert.Equal(distance, NearestModels.Distance(a, b));
        Assert.Equal(distance, NearestModels.Distance(b, a));
    }

    [Fact]
    public void Catalogue_PrefixesAndDefaultsAgree()
    {
        Assert.True(ProviderCatalogue.TryMatchPrefix("grok-4", out var xai) && xai.Name == "xai");
        Assert.False(ProviderCatalogue.TryMatchPrefix("llama-3", out _));
        Assert.False(ProviderCatalogue.TryGet("custom", out _));
        Assert.All(ProviderCatalogue.All, provider =>
        {
            Assert.True(ModelId.TryParse($"{provider.Name}:{provider.DefaultModel ?? "any"}", out _));
            Assert.True(provider.BaseUrl is null || provider.BaseUrl.Scheme == Uri.UriSchemeHttps || (provider.IsLocal && provider.BaseUrl.IsLoopback));
        });
    }

    private static RoutePolicy RandomPolicy(Random random) => new()
    {
        Prefer = random.Next(3) switch { 0 => Preference.Provider, 1 => Preference.Custom, _ => null },
        NoFallback = random.Next(4) switch { 0 => true, 1 => false, _ => null },
        Fallbacks = FallbackLists[random.Next(FallbackLists.Length)],
        DefaultModel = random.Next(2) == 0 ? null : "anthropic:claude-haiku-4-5",
    };
}
