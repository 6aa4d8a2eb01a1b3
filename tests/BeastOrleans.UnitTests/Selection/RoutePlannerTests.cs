using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Selection;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

public sealed class RoutePlannerTests
{
    [Fact]
    public void Auto_Order_UserTenantPlatformThenProvidersByNearestOwner()
    {
        var plan = new PlanBuilder()
            .Custom("p1", OwnerKind.Platform).Custom("t1", OwnerKind.Tenant).Custom("u1").Custom("u2")
            .Provider("anthropic", OwnerKind.Platform).Provider("openai", OwnerKind.Platform)
            .Provider("openai", OwnerKind.User).Provider("mistral", OwnerKind.Tenant)
            .Plan();
        Assert.Equal(
            ["custom:u1", "custom:u2", "custom:t1", "custom:p1", "openai:gpt-4", "mistral:mistral-large-latest", "anthropic:claude-sonnet-4-5"],
            plan.EligibleIds());
        Assert.Equal("t:acme/u:alice/e:openai:gpt-4", plan.Candidates[4].Key);
        Assert.Equal("p/e:custom:p1", plan.Candidates[3].Key);
        Assert.Equal((20L, 10L), (plan.TenantVersion, plan.PlatformVersion));
        Assert.Equal([7L, 5L], [plan.Candidates[0].DescriptorVersion, plan.Candidates[4].DescriptorVersion]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("auto")]
    [InlineData("AUTO")]
    public void Auto_Spellings(string? model) => Assert.Equal(["custom:a"], new PlanBuilder().Custom("a").Plan(model).EligibleIds());

    [Fact]
    public void Auto_FallbackList_ReplacesTheProviderTier()
    {
        var builder = new PlanBuilder().Custom("a").Custom("b").Provider("openai").Provider("anthropic")
            .Policy(new RoutePolicy { Fallbacks = ["anthropic:claude-haiku-4-5", "groq:llama", "custom:b", "nonsense"] });
        var plan = builder.Plan();
        Assert.Equal(["custom:a", "custom:b", "anthropic:claude-haiku-4-5"], plan.EligibleIds());
        Assert.Contains("PUT /api/providers/groq/key", plan.LeftOut("groq:llama").Reason, StringComparison.Ordinal);
        Assert.Equal("", plan.LeftOut("nonsense").Key);
        Assert.Equal(["custom:a", "custom:b"], builder.Plan("auto", new RoutePolicy { Fallbacks = [] }).EligibleIds());
    }

    [Fact]
    public void ExplicitCustom_FallsBackToProvidersNotToOtherCustoms()
    {
        var builder = new PlanBuilder().Custom("a").Custom("b").Provider("openai");
        Assert.Equal(["custom:b", "openai:gpt-4"], builder.Plan("custom:b").EligibleIds());
        Assert.Equal(["custom:b", "openai:gpt-4"], builder.Plan("custom:b", new RoutePolicy { Prefer = Preference.Provider }).EligibleIds());
        Assert.Equal(["custom:b"], builder.Plan("custom:b", new RoutePolicy { NoFallback = true }).EligibleIds());
        Assert.Equal(["custom:b", "custom:a"], builder.Plan("custom:b", new RoutePolicy { Fallbacks = ["custom:a"] }).EligibleIds());
    }

    [Fact]
    public void ExplicitProvider_ListedFallbacksFollow()
    {
        var builder = new PlanBuilder().Custom("a").Provider("openai").Provider("anthropic")
            .Policy(new RoutePolicy { Fallbacks = ["anthropic:claude-sonnet-4-5", "openai:gpt-4"] });
        Assert.Equal(["openai:gpt-4", "anthropic:claude-sonnet-4-5"], builder.Plan("openai:gpt-4").EligibleIds());
        Assert.Equal(["openai:gpt-4"], builder.Plan("openai:gpt-4", new RoutePolicy { NoFallback = true }).EligibleIds());
    }

    [Fact]
    public void Policy_LevelsMergeNearestFirst()
    {
        var plan = new PlanBuilder()
            .Policy(new RoutePolicy { PatienceSeconds = 1, HoldMs = 1, DeadlineSeconds = 1, Baseline = "p", Stream = StreamMode.Live }, OwnerKind.Platform)
            .Policy(new RoutePolicy { PatienceSeconds = 2, HoldMs = 2, DeadlineSeconds = 2, Baseline = "t" }, OwnerKind.Tenant)
            .Policy(new RoutePolicy { PatienceSeconds = 3, HoldMs = 3, DeadlineSeconds = 3 }, OwnerKind.User)
            .Plan(new PlanRequest { Key = new RoutePolicy { PatienceSeconds = 4, HoldMs = 4 }, Request = new RoutePolicy { PatienceSeconds = 5 } });
        Assert.Equal(
            new RoutePolicy { PatienceSeconds = 5, HoldMs = 4, DeadlineSeconds = 3, Baseline = "t", Stream = StreamMode.Live }, plan.Policy);
    }

    [Theory]
    [InlineData("my-model", "custom:my-model")]
    [InlineData("gpt-4o", "openai:gpt-4o")]
    [InlineData("o3-mini", "openai:o3-mini")]
    [InlineData("claude-opus-4-5", "anthropic:claude-opus-4-5")]
    [InlineData("house-model", "vllm:house-model")]
    [InlineData("llama3:8b", "vllm:llama3:8b")]
    [InlineData("vllm:llama3:8b", "vllm:llama3:8b")]
    public void BareNames_Resolve(string asked, string modelId)
    {
        var plan = new PlanBuilder().Custom("my-model", OwnerKind.Tenant).Provider("openai").Provider("anthropic")
            .Provider("vllm", models: ["house-model", "llama3:8b"], baseUrl: "http://127.0.0.1:9100/v1")
            .Plan(asked);
        Assert.Equal(modelId, plan.Candidates[0].ModelId);
        Assert.Null(plan.Refusal);
    }

    [Fact]
    public void BareName_NearestOwnersCustomWinsOverPrefix()
    {
        var plan = new PlanBuilder().Custom("gpt-4", OwnerKind.Tenant).Custom("gpt-4").Provider("openai").Plan("gpt-4");
        Assert.Equal("t:acme/u:alice/e:custom:gpt-4", plan.Candidates[0].Key);
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("openai:gpt-4")]
    public void KnownProviderWithoutKey_SaysWhichKeyToPut(string asked)
    {
        var plan = new PlanBuilder().Custom("a").Plan(asked);
        Assert.Equal(RefusalCode.NoModelAvailable, plan.Refusal!.Code);
        Assert.Contains("PUT /api/providers/openai/key", plan.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my-modle", "custom:my-model")]
    [InlineData("custom:mymodel", "custom:my-model")]
    [InlineData("OpenAI:gpt-4", "openai:gpt-4")]
    [InlineData("opnai:gpt-4o", "openai:gpt-4o")]
    public void UnknownName_IsNotFoundWithNearest(string asked, string nearest)
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai").Plan(asked);
        Assert.Equal(RefusalCode.ModelNotFound, plan.Refusal!.Code);
        Assert.Equal(nearest, plan.Refusal.Nearest[0]);
        Assert.True(plan.Refusal.Nearest.Length <= NearestModels.MaxSuggestions);
        Assert.Contains(nearest, plan.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnprintableName_IsNotEchoed()
    {
        // Not as inline data: an attribute cannot hold a lone surrogate.
        foreach (var asked in new[] { "\u0001", "custom:\ud800", "gpt-\ud800" })
        {
            var plan = new PlanBuilder().Provider("openai").Plan(asked);
            Assert.Equal(RefusalCode.ModelNotFound, plan.Refusal!.Code);
            Assert.Contains("(unprintable)", plan.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LongName_IsCutInTheEcho()
    {
        var plan = new PlanBuilder().Provider("openai").Plan(new string('x', 100_000));
        Assert.Equal(RefusalCode.ModelNotFound, plan.Refusal!.Code);
        Assert.True(plan.Message.Length < 300);
    }

    [Fact]
    public void NotFound_SuggestsOnlyWhatTheKeyMayUse()
    {
        var plan = new PlanBuilder().Custom("secret-a").Custom("secret-b")
            .Plan(new PlanRequest { Model = "custom:secret-c", AllowedModels = ["custom:secret-b", "custom:secret-c"] });
        Assert.Equal(["custom:secret-b"], plan.Refusal!.Nearest);
    }

    [Fact]
    public void Price_OwnThenOperatorsThenBuiltIn()
    {
        var plan = new PlanBuilder()
            .Custom("own", usdPerMTok: 1).Custom("set").Custom("none").Provider("openai").Provider("anthropic").Provider("groq")
            .Price("custom:set", 2, "prices:1").Price("custom:own", 9, "prices:2").Price("openai:gpt-4", 30, "prices:3")
            .Plan();
        Assert.Equal(
            ["endpoint:7", "prices:1", null, "prices:3", "builtin:2026-11", null],
            plan.Candidates.Select(candidate => candidate.Price?.Version));
        Assert.Equal(Money.FromUsd(30), plan.BaselinePrice!.OutputPerMTok);
    }

    [Fact]
    public void Baseline_PolicysElseGpt4()
    {
        Assert.Equal("openai:gpt-4", new PlanBuilder().Custom("a").Plan().BaselineModel);
        var plan = new PlanBuilder().Custom("a").Policy(new RoutePolicy { Baseline = "anthropic:claude-opus-4-5" }).Plan();
        Assert.Equal("anthropic:claude-opus-4-5", plan.BaselineModel);
        Assert.Equal(Money.FromUsd(25), plan.BaselinePrice!.OutputPerMTok);
        Assert.Null(new PlanBuilder().Custom("a").Policy(new RoutePolicy { Baseline = "x:y" }).Plan().BaselinePrice);
    }
}
