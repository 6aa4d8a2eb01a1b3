using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Grains.Tenants;

/// <summary>
/// What a tenant, the platform and a user have in common: models, provider credentials, a policy, what is metered. A stored record and its
/// pure changes; each change raises <see cref="Version"/>.
/// </summary>
internal sealed record OwnerConfiguration
{
    /// <summary>The most custom models of one owner: a plan considers every one of them.</summary>
    public const int MaxModels = 200;

    /// <summary>The most provider credentials of one owner.</summary>
    public const int MaxProviders = 32;

    public int SchemaVersion { get; init; } = 1;

    public long Version { get; init; }

    public bool Exists { get; init; }

    /// <summary>In the order registered.</summary>
    public CustomModelInfo[] Models { get; init; } = [];

    /// <summary>In the order registered.</summary>
    public ProviderEntry[] Providers { get; init; } = [];

    public RoutePolicy Policy { get; init; } = RoutePolicy.Empty;

    public ScopeMetering Metering { get; init; } = ScopeMetering.None;

    /// <summary>
    /// Endpoint keys that left <see cref="Models"/> but whose grain has not confirmed that it forgot them and their credential.
    /// Asked again before the owner's next write.
    /// </summary>
    public string[] Leaving { get; init; } = [];

    /// <summary>What a newer version of the product stored; kept as it is.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }

    public CustomModelInfo? FindModel(string key) => Array.Find(Models, model => model.Key == key);

    public ProviderEntry? FindProvider(string provider) => Array.Find(Providers, entry => entry.Provider == provider);

    public OwnerConfiguration Created() => this with { Exists = true, Version = Version + 1 };

    /// <summary>Adds a model, or replaces the one of the same key in its place.</summary>
    public OwnerConfiguration WithModel(CustomModelInfo model) => this with
    {
        // The endpoint may have gone ahead of its owner when a write between the two was lost.
        Version = Math.Max(Version + 1, model.Version),
        Models = Replace(Models, model, other => other.Key == model.Key),
        Leaving = Array.FindAll(Leaving, key => key != model.Key),
    };

    public OwnerConfiguration WithoutModel(string key) => this with
    {
        Version = Version + 1,
        Models = Array.FindAll(Models, model => model.Key != key),
        Leaving = [.. Leaving.Where(other => other != key), key],
    };

    /// <summary>Not a change that anyone sees: the version stays.</summary>
    public OwnerConfiguration Left(string key) => this with { Leaving = Array.FindAll(Leaving, other => other != key) };

    public OwnerConfiguration WithProvider(ProviderEntry provider) => this with
    {
        Version = Version + 1,
        Providers = Replace(Providers, provider, other => other.Provider == provider.Provider),
    };

    public OwnerConfiguration WithoutProvider(string provider) => this with
    {
        Version = Version + 1,
        Providers = Array.FindAll(Providers, entry => entry.Provider != provider),
    };

    public OwnerConfiguration WithPolicy(RoutePolicy policy) => this with { Version = Version + 1, Policy = policy };

    public OwnerConfiguration WithMetering(ScopeMetering metering) => this with { Version = Version + 1, Metering = metering };

    public OwnerSnapshot ToSnapshot() => new()
    {
        Version = Version,
        Exists = Exists,
        Models = Models,
        Providers = Providers,
        Policy = Policy,
        Metering = Metering,
    };

    private static T[] Replace<T>(T[] items, T item, Predicate<T> isSame)
    {
        var index = Array.FindIndex(items, isSame);
        if (index < 0)
        {
            return [.. items, item];
        }

        T[] copy = [.. items];
        copy[index] = item;
        return copy;
    }
}
