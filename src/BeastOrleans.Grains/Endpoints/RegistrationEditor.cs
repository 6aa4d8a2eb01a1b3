using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Core.Selection;
using BeastOrleans.Grains.Credentials;

namespace BeastOrleans.Grains.Endpoints;

/// <summary>What a registration becomes when it is put or patched, and what a gateway is told of it. Decides, stores nothing.</summary>
internal sealed class RegistrationEditor(string key, EndpointOwner owner, ModelId model, CredentialSealer sealer)
{
    /// <summary>
    /// The registration that <paramref name="registration"/> makes of what is there. The same one under the same version is
    /// left as it is; another one under a version already used gets a newer version, so that no gateway keeps the former.
    /// </summary>
    public EndpointRegistration Put(EndpointRegistration? before, CustomModelRegistration registration, long version, DateTimeOffset now)
    {
        var info = new CustomModelInfo
        {
            Key = key,
            ModelId = model,
            Owner = owner,
            BaseUrl = registration.BaseUrl,
            Model = registration.Model ?? registration.Name,
            Dialect = registration.Dialect,
            Enabled = registration.Enabled,
            HasApiKey = registration.ApiKey is not null,
            UsageInStream = registration.UsageInStream,
            Price = registration.Price,
            Timeouts = registration.Timeouts,
            ContextTokens = registration.ContextTokens,
            Capabilities = registration.Capabilities,
            AuthHeader = registration.AuthHeader,
            Version = version,
            CreatedAt = now,
        };
        if (before is not null && before.Info == info with { CreatedAt = before.Info.CreatedAt } && SecretOf(before) == registration.ApiKey)
        {
            return before;
        }

        return Seal(info with { Version = NewerThan(before, version) }, registration.ApiKey);
    }

    public EndpointRegistration Patch(EndpointRegistration before, CustomModelPatch patch, long version)
    {
        var info = before.Info with
        {
            BaseUrl = patch.BaseUrl ?? before.Info.BaseUrl,
            Model = patch.Model ?? before.Info.Model,
            Dialect = patch.Dialect ?? before.Info.Dialect,
            Enabled = patch.Enabled ?? before.Info.Enabled,
            UsageInStream = patch.UsageInStream ?? before.Info.UsageInStream,
            Price = patch.Price ?? before.Info.Price,
            Timeouts = patch.Timeouts ?? before.Info.Timeouts,
            ContextTokens = patch.ContextTokens ?? before.Info.ContextTokens,
            Capabilities = patch.Capabilities ?? before.Info.Capabilities,
            AuthHeader = patch.AuthHeader ?? before.Info.AuthHeader,
            Version = NewerThan(before, version),
        };
        if (patch.ApiKey is not null && !patch.RemoveApiKey)
        {
            return Seal(info, patch.ApiKey);
        }

        // A key is bound to its origin: whoever moves the address to another host must show the key again.
        var keeps = !patch.RemoveApiKey && before.Credential?.Origin == CredentialSealer.OriginOf(info.BaseUrl);
        return new EndpointRegistration { Info = info with { HasApiKey = keeps }, Credential = keeps ? before.Credential : null };
    }

    /// <summary>The same registration with its credential's data key under another key; the very same object where nothing changes.</summary>
    public EndpointRegistration Rewrap(EndpointRegistration before, string keyId)
    {
        if (before.Credential is not { } credential)
        {
            return before;
        }

        var rewrapped = sealer.Rewrap(credential, CredentialSealer.OwnerText(owner), model.ToString(), keyId);
        return ReferenceEquals(rewrapped, credential) ? before : before with { Credential = rewrapped };
    }

    /// <summary>False when the credential does not open: the endpoint cannot be called as it was meant to be.</summary>
    public bool TryDescribe(EndpointRegistration registration, out EndpointDescriptor? descriptor, out CredentialError error)
    {
        descriptor = null;
        error = CredentialError.None;
        var info = registration.Info;
        string? secret = null;
        if (registration.Credential is { } credential)
        {
            var opening = sealer.Open(
                credential, CredentialSealer.OwnerText(owner), model.ToString(), CredentialSealer.OriginOf(info.BaseUrl));
            error = opening.Error;
            secret = opening.Secret;
        }

        if (error != CredentialError.None)
        {
            return false;
        }

        // A model at a well-known provider's address is that provider's, whatever its owner calls it.
        var kin = ProviderCatalogue.AtAddress(info.BaseUrl, info.Dialect);
        descriptor = new EndpointDescriptor
        {
            Key = key,
            ModelId = model,
            Type = EndpointType.Custom,
            Owner = owner.Kind,
            Dialect = info.Dialect,
            BaseUrl = info.BaseUrl,
            Model = info.Model,
            ApiKey = secret,
            Timeouts = info.Timeouts,
            UsageInStream = info.UsageInStream && kin?.UsageInStream != false,
            Version = info.Version,
            AddressChosenByTenant = owner.Kind != OwnerKind.Platform,
            Quirks = ProviderQuirks.Of(kin, info.Model, info.AuthHeader),
        };
        return true;
    }

    private EndpointRegistration Seal(CustomModelInfo info, string? apiKey) => new()
    {
        Info = info with { HasApiKey = apiKey is not null },
        Credential = apiKey is null
            ? null
            : sealer.Seal(
                apiKey, CredentialSealer.OwnerText(owner), model.ToString(), CredentialSealer.OriginOf(info.BaseUrl), info.Version),
    };

    private string? SecretOf(EndpointRegistration registration) =>
        TryDescribe(registration, out var descriptor, out _) ? descriptor!.ApiKey : null;

    private static long NewerThan(EndpointRegistration? before, long version) =>
        before is null ? version : Math.Max(version, before.Info.Version + 1);
}
