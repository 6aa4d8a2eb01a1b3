using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

/// <summary>The four examples and the three options that the product started from.</summary>
public sealed class SeedRulesTests
{
    [Fact]
    public void CustomModelRegistered_IsSelectedWithoutBeingAsked()
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai").Plan();
        Assert.Equal("custom:my-model", plan.Candidates[0].ModelId);
        Assert.Equal(EndpointType.Custom, plan.Candidates[0].Type);
        Assert.Equal("You have a custom model registered - using it automatically!", plan.Message);
        Assert.True(plan.HadCustom);
    }

    [Fact]
    public void CustomModelFails_ProviderStandsNextInLine()
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai").Plan("auto");
        Assert.Equal(["custom:my-model", "openai:gpt-4"], plan.EligibleIds());
        Assert.Equal("openai:gpt-4", plan.BaselineModel);
    }

    [Fact]
    public void NoCustomModel_ProviderDirectly()
    {
        var plan = new PlanBuilder().Provider("openai").Plan();
        Assert.Equal(["openai:gpt-4"], plan.EligibleIds());
        Assert.Equal("t:acme/e:openai:gpt-4", plan.Candidates[0].Key);
        Assert.False(plan.HadCustom);
        Assert.Equal("You have no custom model registered - using openai:gpt-4.", plan.Message);
    }

    [Fact]
    public void ExplicitProvider_IsUsedAsAskedWithoutFallback()
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai").Provider("anthropic").Plan("openai:gpt-4");
        Assert.Equal("openai:gpt-4", Assert.Single(plan.Candidates).ModelId);
        Assert.False(plan.HadCustom);
        Assert.Equal("Using openai:gpt-4 as requested.", plan.Message);
    }

    [Fact]
    public void PreferProvider_PutsProvidersFirst()
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai").Plan("auto", new RoutePolicy { Prefer = Preference.Provider });
        Assert.Equal(["openai:gpt-4", "custom:my-model"], plan.EligibleIds());
        Assert.Equal("Providers are preferred - using openai:gpt-4.", plan.Message);
    }

    [Fact]
    public void PreferCustom_OverridesALowerLevel()
    {
        var plan = new PlanBuilder().Custom("my-model").Provider("openai")
            .Policy(new RoutePolicy { Prefer = Preference.Provider })
            .Plan("auto", new RoutePolicy { Prefer = Preference.Custom });
        Assert.Equal("custom:my-model", plan.Candidates[0].ModelId);
    }

    [Fact]
    public void NoFallback_LeavesExactlyTheFirst()
    {
        var plan = new PlanBuilder().Custom("a").Custom("b").Provider("openai").Plan("auto", new RoutePolicy { NoFallback = true });
        Assert.Equal(["custom:a"], plan.EligibleIds());
        Assert.Equal("fallback is off", plan.LeftOut("custom:b").Reason);
        Assert.Equal("fallback is off", plan.LeftOut("openai:gpt-4").Reason);

        // What was displaced is still what it would have cost.
        Assert.Equal("openai:gpt-4", plan.BaselineModel);
        Assert.NotNull(plan.BaselinePrice);
    }

    [Fact]
    public void NoFallback_CustomUnavailable_FailsInsteadOfTakingAProvider()
    {
        var plan = new PlanBuilder().Custom("my-model", enabled: false).Provider("openai").Plan("auto", new RoutePolicy { NoFallback = true });
        Assert.Equal(0, plan.Eligible);
        Assert.Equal(RefusalCode.ModelDisabled, plan.Refusal!.Code);
    }

    [Fact]
    public void NoFallback_NoCustomRegistered_TakesTheProvider() =>
        Assert.Equal(["openai:gpt-4"], new PlanBuilder().Provider("openai").Provider("anthropic").Plan("auto", new RoutePolicy { NoFallback = true }).EligibleIds());

    [Fact]
    public void NothingAtAll_SaysWhatToDo()
    {
        var plan = new PlanBuilder().Plan();
        Assert.Equal(RefusalCode.NoModelAvailable, plan.Refusal!.Code);
        Assert.Contains("POST /api/models/custom", plan.Message, StringComparison.Ordinal);
        Assert.Contains("PUT /api/providers/openai/key", plan.Message, StringComparison.Ordinal);
        Assert.Empty(plan.Candidates);
    }

    [Fact]
    public void OperatorsDefault_IsLast()
    {
        var builder = new PlanBuilder()
            .Provider("openai", OwnerKind.Platform)
            .Policy(new RoutePolicy { DefaultModel = "openai:gpt-4o-mini" }, OwnerKind.Platform);
        Assert.Equal(["openai:gpt-4", "openai:gpt-4o-mini"], builder.Plan().EligibleIds());

        var only = new PlanBuilder()
            .Custom("shared", OwnerKind.Platform, enabled: false)
            .Provider("openai", OwnerKind.Platform)
            .Policy(new RoutePolicy { DefaultModel = "openai:gpt-4o-mini", Fallbacks = [] }, OwnerKind.Platform)
            .Plan();
        Assert.Equal(["openai:gpt-4o-mini"], only.EligibleIds());
        Assert.Equal("Nothing else is available - using the operator's default model openai:gpt-4o-mini.", only.Message);
    }

    [Fact]
    public void DefaultModel_IsNotTheTenantsToSet()
    {
        var plan = new PlanBuilder().Provider("openai", OwnerKind.Platform).Policy(new RoutePolicy { DefaultModel = "openai:gpt-5" }).Plan();
        Assert.Equal(["openai:gpt-4"], plan.EligibleIds());
        Assert.Null(plan.Policy.DefaultModel);
    }
}
