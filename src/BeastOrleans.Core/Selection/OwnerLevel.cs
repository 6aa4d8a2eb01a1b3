using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Core.Selection;

/// <summary>One owner's configuration and how a caller is told whose it is.</summary>
internal readonly record struct OwnerLevel(EndpointOwner Owner, OwnerSnapshot Config, string Whose)
{
    /// <summary>Nearest first: that is the order in which names are looked up and candidates tried.</summary>
    public static OwnerLevel[] Of(PlanContext context) =>
    [
        new(EndpointOwner.OfUser(context.Tenant, context.User), context.UserConfig, "your"),
        new(EndpointOwner.OfTenant(context.Tenant), context.TenantConfig, "your tenant's"),
        new(EndpointOwner.Platform, context.Platform, "the platform's"),
    ];
}

/// <summary>A provider credential and whose it is.</summary>
internal readonly record struct OwnedProvider(OwnerLevel Level, ProviderEntry Entry);
