using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Selection;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

/// <summary>A user of a tenant on a platform, with what tests register for them.</summary>
internal sealed class PlanBuilder
{
    public static readonly TenantId Tenant = TenantId.Parse("acme");
    public static readonly UserId User = UserId.Parse("alice");
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<OwnerKind, OwnerSnapshot> _owners = new()
    {
        [OwnerKind.Platform] = new() { Version = 10, Exists = true },
        [OwnerKind.Tenant] = new() { Version = 20, Exists = true },
        [OwnerKind.User] = new() { Version = 30, Exists = true },
    };

    public PlanBuilder Custom(
        string name,
        OwnerKind owner = OwnerKind.User,
        bool enabled = true,
        Capabilities? capabilities = null,
        int? contextTokens = null,
        decimal? usdPerMTok = null)
    {
        var id = ModelId.Custom(name);
        var info = new CustomModelInfo
        {
            Key = GrainKeys.Endpoint(OwnerOf(owner), id),
            ModelId = id,
            Owner = OwnerOf(owner),
            BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
            Model = name,
            Dialect = Dialect.OpenAI,
            Enabled = enabled,
            HasApiKey = false,
            UsageInStream = true,
            Version = 7,
            CreatedAt = Now,
            Capabilities = capabilities,
            ContextTokens = contextTokens,
            Price = usdPerMTok is { } usd ? new ModelPrice { InputPerMTok = Money.FromUsd(usd), OutputPerMTok = Money.FromUsd(usd) } : null,
        };
        return Change(owner, snapshot => snapshot with { Models = [.. snapshot.Models, info] });
    }

    public PlanBuilder Provider(
        string provider, OwnerKind owner = OwnerKind.Tenant, string? defaultModel = null, string[]? models = null, string? baseUrl = null)
    {
        var entry = new ProviderEntry
        {
            Provider = provider,
            BaseUrl = baseUrl is null ? null : new Uri(baseUrl),
            DefaultModel = defaultModel,
            Models = models,
            Version = 5,
            Credential = null!,
        };
        return Change(owner, snapshot => snapshot with { Providers = [.. snapshot.Providers, entry] });
    }

    public PlanBuilder Policy(RoutePolicy policy, OwnerKind owner = OwnerKind.Tenant) =>
        Change(owner, snapshot => snapshot with { Policy = policy });

    public PlanBuilder Price(string modelId, decimal usdPerMTok, string version) => Change(OwnerKind.Platform, snapshot => snapshot with
    {
        Prices =
        [
            .. snapshot.Prices,
            new PriceEntry
            {
                ModelId = modelId,
                Price = new ModelPrice { InputPerMTok = Money.FromUsd(usdPerMTok), OutputPerMTok = Money.FromUsd(usdPerMTok) },
                Version = version,
                EffectiveFrom = Now,
            },
        ],
    });

    public RoutePlan Plan(string? model = null) => Plan(new PlanRequest { Model = model });

    public RoutePlan Plan(string? model, RoutePolicy request) => Plan(new PlanRequest { Model = model, Request = request });

    public RoutePlan Plan(PlanRequest request) => RoutePlanner.Plan(request, new PlanContext
    {
        Tenant = Tenant,
        User = User,
        Platform = _owners[OwnerKind.Platform],
        TenantConfig = _owners[OwnerKind.Tenant],
        UserConfig = _owners[OwnerKind.User],
        Now = Now,
    });

    private static EndpointOwner OwnerOf(OwnerKind kind) => kind switch
    {
        OwnerKind.User => EndpointOwner.OfUser(Tenant, User),
        OwnerKind.Tenant => EndpointOwner.OfTenant(Tenant),
        _ => EndpointOwner.Platform,
    };

    private PlanBuilder Change(OwnerKind owner, Func<OwnerSnapshot, OwnerSnapshot> change)
    {
        _owners[owner] = change(_owners[owner]);
        return this;
    }
}

internal static class PlanReading
{
    public static string[] EligibleIds(this RoutePlan plan) => [.. plan.Candidates.Take(plan.Eligible).Select(candidate => candidate.ModelId)];

    public static PlanCandidate LeftOut(this RoutePlan plan, string modelId) =>
        Assert.Single(plan.Candidates, candidate => candidate.ModelId == modelId && !candidate.Eligible);
}
