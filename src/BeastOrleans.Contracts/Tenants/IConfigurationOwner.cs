using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using Orleans.Concurrency;

namespace BeastOrleans.Contracts.Tenants;

/// <summary>What the platform, a tenant and a user have in common: models of their own, provider credentials and a policy.</summary>
[Alias("beast.IConfigurationOwner"), GrainInterfaceType("beast.configuration-owner")]
public interface IConfigurationOwner : IGrainWithStringKey
{
    [Alias("RegisterModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration);

    [Alias("PatchModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch);

    [Alias("RemoveModel"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name);

    [Alias("PutProvider"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration);

    [Alias("RemoveProvider"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider);

    [Alias("GetProviders"), ReadOnly, ResponseTimeout("00:00:05")]
    Task<ProviderInfo[]> GetProvidersAsync();

    [Alias("PutPolicy"), ResponseTimeout("00:00:10")]
    Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy);

    /// <summary>Wraps the data keys of the provider credentials under another key-encryption key; null only tells. Safe to repeat.</summary>
    /// <returns>The key that each credential names afterwards.</returns>
    [Alias("RewrapCredentials"), ResponseTimeout("00:00:10")]
    Task<string[]> RewrapCredentialsAsync(string? keyId);
}
