using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Selection;

namespace BeastOrleans.Grains.Selection;

/// <summary>Lists what a user may name: custom models first, then providers' models, nearest owner first, each id once.</summary>
internal static class AvailableModels
{
    /// <param name="owners">The user, the tenant and the platform, in this order.</param>
    /// <param name="allowed">See <see cref="PlanRequest.AllowedModels"/>.</param>
    public static AvailableModel[] List((EndpointOwner Owner, OwnerSnapshot Configuration)[] owners, string[]? allowed)
    {
        var listed = new Dictionary<string, AvailableModel>(StringComparer.Ordinal);
        foreach (var (owner, configuration) in owners)
        {
            foreach (var model in configuration.Models.Where(model => model.Enabled))
            {
                Add(owner, model.ModelId, EndpointType.Custom, model.CreatedAt);
            }
        }

        foreach (var (owner, configuration) in owners)
        {
            foreach (var provider in configuration.Providers)
            {
                foreach (var name in NamesOf(provider))
                {
                    Add(owner, ModelId.Of(provider.Provider, name), EndpointType.Provider, createdAt: null);
                }
            }
        }

        return [.. listed.Values];

        void Add(EndpointOwner owner, ModelId model, EndpointType type, DateTimeOffset? createdAt)
        {
            var id = model.ToString();
            if (IsAllowed(id, model.Provider, allowed))
            {
                listed.TryAdd(id, new AvailableModel
                {
                    Key = GrainKeys.Endpoint(owner, model),
                    ModelId = id,
                    Type = type,
                    Owner = owner.Kind,
                    CreatedAt = createdAt,
                });
            }
        }
    }

    private static string[] NamesOf(ProviderEntry provider)
    {
        if (provider.Models is { Length: > 0 } models)
        {
            return models;
        }

        var model = provider.DefaultModel
            ?? (ProviderCatalogue.TryGet(provider.Provider, out var known) ? known.DefaultModel : null);
        return model is null ? [] : [model];
    }

    private static bool IsAllowed(string id, string provider, string[]? allowed) =>
        allowed is null || Array.Exists(allowed, entry => entry == id || entry == "*" || entry == provider + ":*");
}
