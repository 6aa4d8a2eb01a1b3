using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Grains.Selection;

/// <summary>The price table of the newest platform configuration, built once per version and silo instead of once per plan.</summary>
internal sealed class PriceTables
{
    private Built _last = new(0, PriceTable.BuiltIn);

    public PriceTable Of(OwnerSnapshot platform)
    {
        var last = Volatile.Read(ref _last);
        if (last.Version == platform.Version)
        {
            return last.Table;
        }

        var built = new Built(platform.Version, PriceTable.With(platform.Prices));
        Volatile.Write(ref _last, built);
        return built.Table;
    }

    private sealed record Built(long Version, PriceTable Table);
}
