using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Tenants;

/// <summary>Carries one tenant's configuration; what a write means is <see cref="OwnerWriter"/>'s to say.</summary>
[GrainType("tenant")]
internal sealed class TenantGrain : Grain, ITenantGrain
{
    private readonly IPersistentState<OwnerState> _state;
    private readonly OwnerWriter _writer;

    public TenantGrain([PersistentState("tenant", StorageNames.Beast)] IPersistentState<OwnerState> state, OwnerServices services)
    {
        _state = state;
        var tenant = TenantId.Parse(this.GetPrimaryKeyString()[2..]);
        _writer = new OwnerWriter(EndpointOwner.OfTenant(tenant), services, StoreAsync);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _writer.Load(_state.State.Configuration);
        return Task.CompletedTask;
    }

    public Task<ConfigResult<OwnerSnapshot>> CreateAsync() => _writer.CreateAsync();

    public Task<OwnerSnapshot> GetSnapshotAsync() => Task.FromResult(_writer.Current.ToSnapshot());

    public Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration) =>
        _writer.RegisterModelAsync(registration);

    public Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch) =>
        _writer.PatchModelAsync(name, patch);

    public Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name) => _writer.RemoveModelAsync(name);

    public Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration) =>
        _writer.PutProviderAsync(registration);

    public Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider) => _writer.RemoveProviderAsync(provider);

    public Task<ProviderInfo[]> GetProvidersAsync() => Task.FromResult(_writer.GetProviders());

    public Task<string[]> RewrapCredentialsAsync(string? keyId) => _writer.RewrapAsync(keyId);

    public Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy) => _writer.PutPolicyAsync(policy);

    public Task<ConfigResult<ScopeMetering>> PutBudgetKindAsync(BudgetKind kind) => _writer.PutBudgetKindAsync(kind);

    public Task<ConfigResult<ScopeMetering>> PutLimitsAsync(RateLimits? limits) => _writer.PutLimitsAsync(limits);

    public Task<ScopeMetering> GetMeteringAsync() => Task.FromResult(_writer.Current.Metering);

    private Task StoreAsync(OwnerConfiguration next) => _state.ReplaceAsync(_state.State with { Configuration = next });
}
