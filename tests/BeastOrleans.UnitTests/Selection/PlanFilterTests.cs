using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

public sealed class PlanFilterTests
{
    private static readonly RoutePolicy Alone = new() { NoFallback = true };

    [Fact]
    public void Capability_DeclaredAndLacking_IsLeftOutAndUnknownIsAssumed()
    {
        var plan = new PlanBuilder().Custom("plain", capabilities: Capabilities.Tools).Custom("unknown")
            .Plan(new PlanRequest { Needs = Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema });
        Assert.Equal(["custom:unknown"], plan.EligibleIds());
        Assert.Equal("lacks vision, json_schema", plan.LeftOut("custom:plain").Reason);
    }

    [Fact]
    public void Capability_NobodyHasIt_Refuses()
    {
        var plan = new PlanBuilder().Custom("a", capabilities: Capabilities.None).Plan(new PlanRequest { Needs = Capabilities.Tools });
        Assert.Equal(RefusalCode.CapabilityMissing, plan.Refusal!.Code);
        Assert.Contains("lacks tools", plan.Message, StringComparison.Ordinal);
        Assert.False(plan.HadCustom);
    }

    [Fact]
    public void Unpriced_WherePolicyRefusesIt_IsLeftOutAndThePricedServes()
    {
        var builder = new PlanBuilder().Custom("free").Provider("openai").Policy(new RoutePolicy { Unpriced = UnpricedUse.Refuse });
        var plan = builder.Plan();
        Assert.Equal(["openai:gpt-4"], plan.EligibleIds());
        Assert.Equal("it has no price, and the policy refuses models without one", plan.LeftOut("custom:free").Reason);
        Assert.False(plan.HadCustom);

        Assert.Equal(["custom:free", "openai:gpt-4"], builder.Plan(null, new RoutePolicy { Unpriced = UnpricedUse.Allow }).EligibleIds());
        Assert.Equal(["custom:free", "openai:gpt-4"], builder.Price("custom:free", 1, "prices:1").Plan().EligibleIds());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("custom:free")]
    public void Unpriced_WhenNothingElseIsLeft_SaysWhatToDo(string? model)
    {
        var plan = new PlanBuilder().Custom("free").Policy(new RoutePolicy { Unpriced = UnpricedUse.Refuse }).Plan(model);
        Assert.Equal(RefusalCode.ModelUnpriced, plan.Refusal!.Code);
        Assert.Contains("custom:free", plan.Message, StringComparison.Ordinal);
        Assert.Contains("no price", plan.Message, StringComparison.Ordinal);
        Assert.Contains("PUT /admin/v1/prices", plan.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_TooSmall_IsLeftOut()
    {
        var plan = new PlanBuilder().Custom("small", contextTokens: 8_192).Custom("exact", contextTokens: 9_000).Custom("unknown")
            .Provider("openai")
            .Plan(new PlanRequest { PromptTokens = 9_000 });
        Assert.Equal(["custom:exact", "custom:unknown"], plan.EligibleIds());
        Assert.Equal("context of 8192 tokens is too small for a prompt of at least 9000", plan.LeftOut("custom:small").Reason);
        Assert.False(plan.LeftOut("openai:gpt-4").Eligible);
    }

    [Fact]
    public void WellKnownWindow_DoesNotHoldBehindAnotherAddress()
    {
        var plan = new PlanBuilder().Provider("openai", baseUrl: "http://127.0.0.1:9001/v1")
            .Plan(new PlanRequest { Model = "openai:gpt-4", PromptTokens = 1_000_000, Needs = Capabilities.Embeddings });
        Assert.Equal(["openai:gpt-4"], plan.EligibleIds());
        Assert.Null(plan.Candidates[0].ContextTokens);
    }

    [Theory]
    [InlineData("openai:gpt-4o", Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, true)]
    [InlineData("openai:gpt-4", Capabilities.Tools, true)]
    [InlineData("openai:gpt-4", Capabilities.Vision, false)]
    [InlineData("anthropic:claude-sonnet-4-5-20250929", Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, true)]
    [InlineData("anthropic:claude-sonnet-4", Capabilities.JsonSchema, false)]
    [InlineData("anthropic:claude-of-tomorrow", Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, true)]
    [InlineData("anthropic:claude-of-tomorrow", Capabilities.Embeddings, false)]
    [InlineData("gemini:gemini-2.5-flash", Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema, true)]
    [InlineData("gemini:gemini-of-tomorrow", Capabilities.Embeddings, false)]
    [InlineData("google:text-embedding-of-tomorrow", Capabilities.Embeddings, true)]
    public void KnownModel_HasWhatTheDataSays(string model, Capabilities needs, bool eligible)
    {
        var plan = new PlanBuilder().Provider("openai").Provider("anthropic").Provider("gemini").Provider("google")
            .Policy(Alone).Plan(new PlanRequest { Model = model, Needs = needs });
        Assert.Equal(eligible ? [model] : [], plan.EligibleIds());
    }

    [Fact]
    public void MaxOutput_LongerThanTheModelGives_IsLeftOut()
    {
        var plan = new PlanBuilder().Provider("openai", defaultModel: "gpt-4o").Provider("anthropic")
            .Plan(new PlanRequest { MaxOutputTokens = 20_000 });
        Assert.Equal(["anthropic:claude-sonnet-4-5"], plan.EligibleIds());
        Assert.Equal("answers of at most 16384 tokens are shorter than the 20000 asked for", plan.LeftOut("openai:gpt-4o").Reason);
    }

    [Fact]
    public void BareName_OfSeveralProviders_GoesToTheOneWithAKey()
    {
        Assert.Equal(["gemini:gemini-2.5-pro"], new PlanBuilder().Provider("gemini").Policy(Alone).Plan("gemini-2.5-pro").EligibleIds());
        Assert.Equal(["google:gemini-2.5-pro"], new PlanBuilder().Provider("gemini").Provider("google").Policy(Alone).Plan("gemini-2.5-pro").EligibleIds());
    }

    [Fact]
    public void Embeddings_DoNotFallBackToAChatModel()
    {
        var plan = new PlanBuilder().Custom("embedder").Provider("openai").Plan(new PlanRequest { Needs = Capabilities.Embeddings });
        Assert.Equal(["custom:embedder"], plan.EligibleIds());
        Assert.Equal("lacks embeddings", plan.LeftOut("openai:gpt-4").Reason);
    }

    [Theory]
    [InlineData("custom:*", "custom:a custom:b")]
    [InlineData("openai:*", "openai:gpt-4")]
    [InlineData("custom:b openai:gpt-4", "custom:b openai:gpt-4")]
    [InlineData("*", "custom:a custom:b openai:gpt-4")]
    public void AllowList_LeavesOutTheRest(string allowed, string eligible)
    {
        var plan = new PlanBuilder().Custom("a").Custom("b").Provider("openai").Plan(new PlanRequest { AllowedModels = allowed.Split(' ') });
        Assert.Equal(eligible.Split(' '), plan.EligibleIds());
        Assert.All(plan.Candidates.Skip(plan.Eligible), candidate => Assert.Equal("not on this key's allow-list", candidate.Reason));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("custom:a")]
    [InlineData("openai:gpt-4")]
    public void AllowList_NothingAllowed_Refuses(string model)
    {
        var plan = new PlanBuilder().Custom("a").Provider("openai").Plan(new PlanRequest { Model = model, AllowedModels = ["anthropic:*"] });
        Assert.Equal(RefusalCode.ModelNotAllowed, plan.Refusal!.Code);
        Assert.Equal(0, plan.Eligible);
    }

    [Fact]
    public void AllowList_NamedModelRefused_IsNotReplaced()
    {
        var plan = new PlanBuilder().Custom("a").Provider("openai").Plan(new PlanRequest { Model = "custom:a", AllowedModels = ["openai:*"] });
        Assert.Equal(RefusalCode.ModelNotAllowed, plan.Refusal!.Code);
        Assert.Equal("This key may not use custom:a.", plan.Message);
    }

    [Fact]
    public void Disabled_IsLeftOutOfAutoAndRefusedByName()
    {
        var builder = new PlanBuilder().Custom("off", enabled: false).Provider("openai");
        var plan = builder.Plan();
        Assert.Equal(["openai:gpt-4"], plan.EligibleIds());
        Assert.Equal("disabled by its owner", plan.LeftOut("custom:off").Reason);
        Assert.Equal("No custom model can serve this request - using openai:gpt-4.", plan.Message);
        Assert.Equal(RefusalCode.ModelDisabled, builder.Plan("custom:off").Refusal!.Code);
        Assert.Equal(RefusalCode.ModelDisabled, builder.Plan("off").Refusal!.Code);
    }

    [Fact]
    public void OfferedModels_OthersAreLeftOut()
    {
        var builder = new PlanBuilder().Custom("a").Provider("openai", models: ["gpt-4o", "gpt-4"]);
        Assert.Equal(["custom:a", "openai:gpt-4"], builder.Plan().EligibleIds());
        Assert.Equal(["openai:gpt-4o"], builder.Plan("gpt-4o").EligibleIds());
        var refused = builder.Plan("openai:gpt-3.5-turbo");
        Assert.Equal(RefusalCode.ModelNotFound, refused.Refusal!.Code);
        Assert.Contains("openai:gpt-4", refused.Refusal.Nearest);
        Assert.Contains("offers", refused.Candidates[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void DefaultModel_OwnersThenBuiltInThenFirstOffered()
    {
        var plan = new PlanBuilder()
            .Provider("openai", defaultModel: "gpt-4o").Provider("anthropic", models: ["claude-haiku-4-5"])
            .Provider("vllm", models: ["x", "y"], baseUrl: "http://127.0.0.1:1/v1").Provider("bare", baseUrl: "http://127.0.0.1:2/v1")
            .Plan();
        Assert.Equal(["openai:gpt-4o", "anthropic:claude-haiku-4-5", "vllm:x"], plan.EligibleIds());
        Assert.Equal("no default model is set for this provider", plan.LeftOut("bare:*").Reason);
    }

    [Fact]
    public void Bounds_EightEligibleThirtyTwoInAll_AndProvidersAreNotCrowdedOut()
    {
        var builder = new PlanBuilder().Provider("openai").Provider("anthropic", OwnerKind.User);
        for (var i = 0; i < 60; i++)
        {
            builder.Custom($"m{i:00}");
        }

        var plan = builder.Plan();

        Assert.Equal(
            ["custom:m00", "custom:m01", "custom:m02", "custom:m03", "custom:m04", "custom:m05", "anthropic:claude-sonnet-4-5", "openai:gpt-4"],
            plan.EligibleIds());
        Assert.Equal(32, plan.Candidates.Length);
        Assert.Equal("more than 8 candidates", plan.Candidates[^1].Reason);
    }
}
