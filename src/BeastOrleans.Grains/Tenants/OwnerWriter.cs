using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Grains.Tenants;

/// <summary>
/// The writes to an owner's configuration, the same for tenants, the platform and users. Every one goes: check, store, tell,
/// answer with the new version. Lives in the owner's grain, whose turns keep two writes apart.
/// </summary>
internal sealed class OwnerWriter(EndpointOwner owner, OwnerServices services, Func<OwnerConfiguration, Task> storeAsync)
{
    private readonly Change _news = owner.Kind switch
    {
        OwnerKind.Platform => new Change { Kind = ChangeKind.Platform, Subject = "" },
        OwnerKind.Tenant => new Change { Kind = ChangeKind.Tenant, Subject = owner.Tenant.Value },
        _ => new Change { Kind = ChangeKind.User, Subject = GrainKeys.Selector(owner.Tenant, owner.User) },
    };

    /// <summary>As stored: reads that interleave with a write never see what may yet fail.</summary>
    public OwnerConfiguration Current { get; private set; } = new();

    /// <summary>Takes what the grain found in storage. Only tenants have to be made before they exist.</summary>
    public void Load(OwnerConfiguration configuration) =>
        Current = owner.Kind == OwnerKind.Tenant ? configuration : configuration with { Exists = true };

    public async Task<ConfigResult<OwnerSnapshot>> CreateAsync()
    {
        await services.Registry.AddTenantAsync(owner.Tenant, services.Time.GetUtcNow());
        if (Current.Exists)
        {
            return ConfigResult.Fail<OwnerSnapshot>(ConfigError.Conflict, $"The tenant '{owner.Tenant}' exists already.");
        }

        await StoreAndTellAsync(Current.Created());
        return ConfigResult.Ok(Current.ToSnapshot(), Current.Version);
    }

    public async Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration)
    {
        var model = ModelId.Custom(registration.Name);
        var key = GrainKeys.Endpoint(owner, model);
        if (Missing<CustomModelInfo>() is { } missing)
        {
            return missing;
        }

        if (Current.FindModel(key) is not null)
        {
            return ConfigResult.Fail<CustomModelInfo>(
                ConfigError.Conflict, $"There is a custom model '{registration.Name}' already: change it, or remove it first.");
        }

        if (Current.Models.Length >= OwnerConfiguration.MaxModels)
        {
            return ConfigResult.Fail<CustomModelInfo>(
                ConfigError.LimitReached, $"At most {OwnerConfiguration.MaxModels} custom models: remove one first.");
        }

        await ForgetLeftoversAsync(except: key);
        await services.Registry.AddEndpointAsync(key, owner, model, services.Time.GetUtcNow());
        var info = await Endpoint(key).PutAsync(registration, Current.Version + 1);
        await StoreAndTellAsync(Current.WithModel(info));
        return ConfigResult.Ok(info, Current.Version);
    }

    public async Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch)
    {
        var key = GrainKeys.Endpoint(owner, ModelId.Custom(name));
        if (Current.FindModel(key) is null)
        {
            return NoModel(name);
        }

        await ForgetLeftoversAsync(except: key);
        var info = await Endpoint(key).PatchAsync(patch, Current.Version + 1);
        if (info is null)
        {
            return NoModel(name);
        }

        await StoreAndTellAsync(Current.WithModel(info));
        return ConfigResult.Ok(info, Current.Version);
    }

    public async Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name)
    {
        var key = GrainKeys.Endpoint(owner, ModelId.Custom(name));
        if (Current.FindModel(key) is not { } model)
        {
            return NoModel(name);
        }

        // The catalogue first: from here on nothing plans it, whatever becomes of the endpoint's own state.
        await StoreAndTellAsync(Current.WithoutModel(key));
        await ForgetLeftoversAsync(except: null);
        return ConfigResult.Ok(model, Current.Version);
    }

    public async Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration)
    {
        if (Missing<ProviderInfo>() is { } missing)
        {
            return missing;
        }

        if (Current.FindProvider(registration.Provider) is null && Current.Providers.Length >= OwnerConfiguration.MaxProviders)
        {
            return ConfigResult.Fail<ProviderInfo>(
                ConfigError.LimitReached, $"At most {OwnerConfiguration.MaxProviders} providers: remove one first.");
        }

        if (services.Credentials.Seal(registration, owner, Current.Version + 1) is not { } entry)
        {
            return ConfigResult.Fail<ProviderInfo>(
                ConfigError.NotFound, $"The provider '{registration.Provider}' is not built in: give its baseUrl.");
        }

        await StoreAndTellAsync(Current.WithProvider(entry));
        return ConfigResult.Ok(ToInfo(entry), Current.Version);
    }

    public async Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider)
    {
        if (Current.FindProvider(provider) is not { } entry)
        {
            return ConfigResult.Fail<ProviderInfo>(ConfigError.NotFound, $"There is no credential for '{provider}'.");
        }

        await StoreAndTellAsync(Current.WithoutProvider(provider));
        return ConfigResult.Ok(ToInfo(entry), Current.Version);
    }

    public ProviderInfo[] GetProviders() => Array.ConvertAll(Current.Providers, ToInfo);

    public async Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy)
    {
        if (Missing<RoutePolicy>() is { } missing)
        {
            return missing;
        }

        await StoreAndTellAsync(Current.WithPolicy(policy));
        return ConfigResult.Ok(policy, Current.Version);
    }

    /// <summary>Wraps the providers' data keys under another key. The copies that other silos hold name the former one, so they hear of it.</summary>
    /// <returns>The key that each credential names afterwards.</returns>
    public async Task<string[]> RewrapAsync(string? keyId)
    {
        if (keyId is not null)
        {
            var rewrapped = Array.ConvertAll(Current.Providers, entry => services.Credentials.Rewrap(entry, owner, keyId));
            if (!rewrapped.SequenceEqual(Current.Providers, ReferenceEqualityComparer.Instance))
            {
                await StoreAndTellAsync(Current with { Version = Current.Version + 1, Providers = rewrapped });
            }
        }

        return Array.ConvertAll(Current.Providers, entry => entry.Credential.KeyId);
    }

    public Task<ConfigResult<ScopeMetering>> PutBudgetKindAsync(BudgetKind kind) => PutMeteringAsync(Current.Metering with { Budget = kind });

    public Task<ConfigResult<ScopeMetering>> PutLimitsAsync(RateLimits? limits) => PutMeteringAsync(Current.Metering with { Limits = limits });

    /// <summary>Stores a changed configuration, then tells every process of it.</summary>
    /// <param name="otherwise">How to store it when more than the configuration changes.</param>
    public async Task StoreAndTellAsync(OwnerConfiguration next, Func<OwnerConfiguration, Task>? otherwise = null)
    {
        if (owner.Kind == OwnerKind.User && Current.Version == 0)
        {
            await services.Registry.AddUserAsync(owner.Tenant, owner.User, services.Time.GetUtcNow());
        }

        await (otherwise ?? storeAsync)(next);
        Current = next;
        await services.Publisher.PublishAsync(_news with { Version = next.Version });
    }

    private async Task<ConfigResult<ScopeMetering>> PutMeteringAsync(ScopeMetering metering)
    {
        if (Missing<ScopeMetering>() is { } missing)
        {
            return missing;
        }

        if (metering != Current.Metering)
        {
            await StoreAndTellAsync(Current.WithMetering(metering));
        }

        return ConfigResult.Ok(metering, Current.Version);
    }

    // An endpoint on a silo that just died does not answer; its credential must go all the same, so it is asked again later.
    private async Task ForgetLeftoversAsync(string? except)
    {
        foreach (var key in Current.Leaving)
        {
            if (key == except)
            {
                continue;
            }

            try
            {
                await Endpoint(key).RemoveAsync();
                await services.Registry.RemoveEndpointAsync(key);
                await storeAsync(Current.Left(key));
                Current = Current.Left(key);
            }
            catch (Exception exception)
            {
                services.OnEndpointNotForgotten(exception);
                return;
            }
        }
    }

    private IEndpointGrain Endpoint(string key) => services.Grains.GetGrain<IEndpointGrain>(key);

    private ConfigResult<T>? Missing<T>()
        where T : class => Current.Exists ? null : ConfigResult.Fail<T>(ConfigError.NotFound, $"There is no tenant '{owner.Tenant}'.");

    private static ConfigResult<CustomModelInfo> NoModel(string name) =>
        ConfigResult.Fail<CustomModelInfo>(ConfigError.NotFound, $"There is no custom model '{name}'.");

    private ProviderInfo ToInfo(ProviderEntry entry) => new()
    {
        Provider = entry.Provider,
        Last4 = entry.Credential.Last4,
        BaseUrl = entry.BaseUrl,
        DefaultModel = entry.DefaultModel,
        Models = entry.Models,
        Owner = owner.Kind,
    };
}
