using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>Everything configured that a plan depends on.</summary>
public sealed record PlanContext
{
    public required TenantId Tenant { get; init; }

    public required UserId User { get; init; }

    public OwnerSnapshot Platform { get; init; } = OwnerSnapshot.Empty;

    public OwnerSnapshot TenantConfig { get; init; } = OwnerSnapshot.Empty;

    public OwnerSnapshot UserConfig { get; init; } = OwnerSnapshot.Empty;

    /// <summary>Null = built from <see cref="Platform"/>'s prices; a caller that plans often keeps one and gives it.</summary>
    public PriceTable? Prices { get; init; }

    /// <summary>Decides which price is in force.</summary>
    public required DateTimeOffset Now { get; init; }
}
