using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Selection;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Credentials;

/// <summary>An owner's credential for a provider: sealed when it is put, opened into the descriptor of the endpoint that is called.</summary>
internal sealed partial class ProviderCredentials(CredentialSealer sealer, ILogger<ProviderCredentials> logger)
{
    /// <summary>Null when the provider is not built in and no address is given: there is nowhere to bind the credential to.</summary>
    public ProviderEntry? Seal(ProviderRegistration registration, EndpointOwner owner, long version)
    {
        if (AddressOf(registration.Provider, registration.BaseUrl) is not { } address)
        {
            return null;
        }

        var origin = CredentialSealer.OriginOf(address);
        return new ProviderEntry
        {
            Provider = registration.Provider,
            BaseUrl = registration.BaseUrl,
            DefaultModel = registration.DefaultModel,
            Models = registration.Models,
            Version = version,
            Credential = sealer.Seal(registration.ApiKey, CredentialSealer.OwnerText(owner), registration.Provider, origin, version),
        };
    }

    /// <summary>The same entry with its data key under another key-encryption key.</summary>
    public ProviderEntry Rewrap(ProviderEntry entry, EndpointOwner owner, string keyId)
    {
        var rewrapped = sealer.Rewrap(entry.Credential, CredentialSealer.OwnerText(owner), entry.Provider, keyId);
        return ReferenceEquals(rewrapped, entry.Credential) ? entry : entry with { Credential = rewrapped };
    }

    /// <summary>All that a gateway needs to call <paramref name="model"/> with this credential; null when it does not open.</summary>
    public EndpointDescriptor? Describe(ProviderEntry entry, EndpointOwner owner, ModelId model)
    {
        if (AddressOf(entry.Provider, entry.BaseUrl) is not { } address)
        {
            return null;
        }

        var opening = sealer.Open(
            entry.Credential, CredentialSealer.OwnerText(owner), entry.Provider, CredentialSealer.OriginOf(address));
        if (opening.Error != CredentialError.None)
        {
            LogNotOpened(logger, opening.Error);
            return null;
        }

        ProviderCatalogue.TryGet(entry.Provider, out var known);
        var dialect = known?.Dialect ?? Dialect.OpenAI;
        var kin = ProviderCatalogue.AtAddress(address, dialect) ?? known;
        return new EndpointDescriptor
        {
            Key = GrainKeys.Endpoint(owner, model),
            ModelId = model,
            Type = EndpointType.Provider,
            Owner = owner.Kind,
            Dialect = dialect,
            BaseUrl = address,
            Model = model.Name,
            ApiKey = opening.Secret,
            Version = entry.Version,
            UsageInStream = kin?.UsageInStream != false,
            AddressChosenByTenant = (entry.BaseUrl is not null || known is { IsLocal: true }) && owner.Kind != OwnerKind.Platform,
            Quirks = ProviderQuirks.Of(kin, model.Name, AuthHeader.Usual),
        };
    }

    private static Uri? AddressOf(string provider, Uri? chosen) =>
        chosen ?? (ProviderCatalogue.TryGet(provider, out var known) ? known.BaseUrl : null);
}
