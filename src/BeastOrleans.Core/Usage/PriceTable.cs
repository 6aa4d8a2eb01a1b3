using System.Collections.Frozen;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>Prices by model id: the operator's where there is one in force, else the built-in list. Immutable.</summary>
public sealed class PriceTable
{
    private readonly FrozenDictionary<string, PriceEntry[]> _byOperator;

    private PriceTable(IEnumerable<PriceEntry> entries) =>
        _byOperator = entries
            .GroupBy(entry => entry.ModelId, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(entry => entry.EffectiveFrom).ToArray(), StringComparer.Ordinal);

    /// <summary>The built-in list alone.</summary>
    public static PriceTable BuiltIn { get; } = new([]);

    /// <summary>The built-in list under the operator's prices.</summary>
    public static PriceTable With(IReadOnlyCollection<PriceEntry> operatorPrices)
    {
        ArgumentNullException.ThrowIfNull(operatorPrices);
        return operatorPrices.Count == 0 ? BuiltIn : new PriceTable(operatorPrices);
    }

    /// <summary>
    /// The price in force at <paramref name="now"/>; null = unpriced, which is not zero. The operator's for the exact id, else for it
    /// without a release date at its end, else the built-in one.
    /// </summary>
    /// <param name="modelId">E.g. <c>openai:gpt-4</c>.</param>
    public PriceQuote? Find(string modelId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(modelId);
        return FindOperators(modelId, now) is { } entry ? entry.Price.Quote(entry.Version) : BuiltInPrices.Find(modelId);
    }

    /// <summary>The operator's entry in force for the exact id, else for it without a release date at its end; null when there is none.</summary>
    public PriceEntry? FindOperators(string modelId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(modelId);
        return FindEntry(modelId, now) ?? FindEntry(ModelNames.WithoutDate(modelId), now);
    }

    /// <summary>The operator's entry of that very id in force at <paramref name="now"/>; null when there is none.</summary>
    public PriceEntry? FindEntry(string modelId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(modelId);

        // Of two that took effect at the same instant the later in the list is the later write.
        return _byOperator.TryGetValue(modelId, out var entries) ? Array.FindLast(entries, entry => entry.EffectiveFrom <= now) : null;
    }

    /// <summary>Every price in force at <paramref name="now"/>, by model id: for lists.</summary>
    public PriceEntry[] Entries(DateTimeOffset now)
    {
        var prices = new SortedDictionary<string, PriceEntry>(StringComparer.Ordinal);
        foreach (var entry in BuiltInPrices.Entries)
        {
            prices[entry.ModelId] = entry;
        }

        foreach (var (modelId, entries) in _byOperator)
        {
            if (Array.FindLast(entries, entry => entry.EffectiveFrom <= now) is { } inForce)
            {
                prices[modelId] = inForce;
            }
        }

        return [.. prices.Values];
    }
}
