using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Selection;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Tenants;

namespace BeastOrleans.Grains.Selection;

/// <summary>Plans for one user from the user's own configuration and the silo's copies of the tenant's and the platform's.</summary>
[GrainType("selector")]
internal sealed class SelectorGrain : Grain, ISelectorGrain
{
    private readonly IPersistentState<OwnerState> _state;
    private readonly OwnerServices _services;
    private readonly ConfigurationCache _configurations;
    private readonly PriceTables _prices;
    private readonly TenantId _tenant;
    private readonly UserId _user;
    private readonly OwnerWriter _writer;

    public SelectorGrain(
        [PersistentState("selector", StorageNames.Beast)] IPersistentState<OwnerState> state,
        OwnerServices services,
        ConfigurationCache configurations,
        PriceTables prices)
    {
        var key = this.GetPrimaryKeyString();
        if (!GrainKeys.TryParseSelector(key, out _tenant, out _user) || GrainKeys.Selector(_tenant, _user) != key)
        {
            throw new ArgumentException("Not a selector's key.");
        }

        _state = state;
        _services = services;
        _configurations = configurations;
        _prices = prices;
        _writer = new OwnerWriter(
            EndpointOwner.OfUser(_tenant, _user), services, next => _state.ReplaceAsync(_state.State with { Configuration = next }));
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _writer.Load(_state.State.Configuration);
        return Task.CompletedTask;
    }

    public async Task<RoutePlan> PlanAsync(PlanRequest request)
    {
        var tenant = await _configurations.GetTenantAsync(_tenant, request.MinTenantVersion);
        var platform = await _configurations.GetPlatformAsync(request.MinPlatformVersion);
        return RoutePlanner.Plan(request, new PlanContext
        {
            Tenant = _tenant,
            User = _user,
            UserConfig = _writer.Current.ToSnapshot(),
            TenantConfig = tenant,
            Platform = platform,
            Prices = _prices.Of(platform),
            Now = _services.Time.GetUtcNow(),
        });
    }

    public async Task<EndpointView?> ResolveAsync(string endpointKey, long minTenantVersion, long minPlatformVersion)
    {
        if (!GrainKeys.TryParseEndpoint(endpointKey, out var owner, out var model)
            || GrainKeys.Endpoint(owner, model) != endpointKey
            || !MayUse(owner))
        {
            return null;
        }

        var configuration = await ConfigurationOfAsync(owner.Kind, minTenantVersion, minPlatformVersion);
        var endpoint = GrainFactory.GetGrain<IEndpointGrain>(endpointKey);
        if (!model.IsCustom)
        {
            var entry = Array.Find(configuration.Providers, one => one.Provider == model.Provider);
            return entry is not null && _services.Credentials.Describe(entry, owner, model) is { } provider
                ? new EndpointView { Descriptor = provider, Circuit = await endpoint.GetCircuitAsync() }
                : null;
        }

        // Not in the catalogue: removed, or never finished registering.
        if (!Array.Exists(configuration.Models, one => one.Key == endpointKey))
        {
            return null;
        }

        var descriptor = endpoint.GetDescriptorAsync();
        var circuit = endpoint.GetCircuitAsync();
        await Task.WhenAll(descriptor, circuit);
        return await descriptor is { } custom ? new EndpointView { Descriptor = custom, Circuit = await circuit } : null;
    }

    public async Task<AvailableModel[]> ListModelsAsync(string[]? allowedModels, long minTenantVersion, long minPlatformVersion)
    {
        var tenant = await _configurations.GetTenantAsync(_tenant, minTenantVersion);
        var platform = await _configurations.GetPlatformAsync(minPlatformVersion);
        return AvailableModels.List(
            [
                (EndpointOwner.OfUser(_tenant, _user), _writer.Current.ToSnapshot()),
                (EndpointOwner.OfTenant(_tenant), tenant),
                (EndpointOwner.Platform, platform),
            ],
            allowedModels);
    }

    public Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration) =>
        _writer.RegisterModelAsync(registration);

    public Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch) =>
        _writer.PatchModelAsync(name, patch);

    public Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name) => _writer.RemoveModelAsync(name);

    public Task<CustomModelInfo[]> GetModelsAsync() => Task.FromResult(_writer.Current.Models);

    public Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration) =>
        _writer.PutProviderAsync(registration);

    public Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider) => _writer.RemoveProviderAsync(provider);

    public Task<ProviderInfo[]> GetProvidersAsync() => Task.FromResult(_writer.GetProviders());

    public Task<string[]> RewrapCredentialsAsync(string? keyId) => _writer.RewrapAsync(keyId);

    public Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy) => _writer.PutPolicyAsync(policy);

    public Task<RoutePolicy> GetPolicyAsync() => Task.FromResult(_writer.Current.Policy);

    public Task<ConfigResult<ScopeMetering>> PutBudgetKindAsync(BudgetKind kind) => _writer.PutBudgetKindAsync(kind);

    public Task<ConfigResult<ScopeMetering>> PutLimitsAsync(RateLimits? limits) => _writer.PutLimitsAsync(limits);

    public Task<ScopeMetering> GetMeteringAsync() => Task.FromResult(_writer.Current.Metering);

    // Another tenant's or another user's endpoint is as good as none.
    private bool MayUse(EndpointOwner owner) => owner.Kind switch
    {
        OwnerKind.Platform => true,
        OwnerKind.Tenant => owner.Tenant == _tenant,
        _ => owner.Tenant == _tenant && owner.User == _user,
    };

    private async ValueTask<OwnerSnapshot> ConfigurationOfAsync(OwnerKind kind, long minTenantVersion, long minPlatformVersion) =>
        kind switch
        {
            OwnerKind.Platform => await _configurations.GetPlatformAsync(minPlatformVersion),
            OwnerKind.Tenant => await _configurations.GetTenantAsync(_tenant, minTenantVersion),
            _ => _writer.Current.ToSnapshot(),
        };
}
