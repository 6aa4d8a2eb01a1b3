using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Core.Usage;

/// <summary>The operator's price versions as they are kept: past ones too, a bounded number for each model.</summary>
public static class PriceVersions
{
    /// <summary>Versions kept of one model; beyond, the oldest goes. A ledger row carries its own cost and version's name.</summary>
    public const int PerModel = 16;

    /// <summary>What is kept after a new version has come.</summary>
    public static PriceEntry[] With(IReadOnlyCollection<PriceEntry> kept, PriceEntry added)
    {
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(added);
        var ofModel = kept.Where(entry => entry.ModelId == added.ModelId).Append(added).OrderBy(entry => entry.EffectiveFrom).ToList();
        var dropped = ofModel.Take(Math.Max(0, ofModel.Count - PerModel)).ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. kept.Append(added).Where(entry => !dropped.Contains(entry))];
    }

    /// <summary>Of each model the version in force and those to come: all that prices from now on.</summary>
    public static PriceEntry[] FromNowOn(IReadOnlyCollection<PriceEntry> kept, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(kept);
        var inForce = new Dictionary<string, PriceEntry>(StringComparer.Ordinal);
        foreach (var entry in kept)
        {
            // At the same instant the later in the list is the later write.
            if (entry.EffectiveFrom <= now && (!inForce.TryGetValue(entry.ModelId, out var other) || other.EffectiveFrom <= entry.EffectiveFrom))
            {
                inForce[entry.ModelId] = entry;
            }
        }

        return [.. kept.Where(entry => entry.EffectiveFrom > now || inForce[entry.ModelId] == entry)];
    }
}
