using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>The new rows of one batch, summed in memory: a batch touches few rollup rows, each once and in key order.</summary>
internal sealed class LedgerTally
{
    private readonly SortedDictionary<UsageRollupKey, UsageTally> _usage = [];
    private readonly SortedDictionary<RoutingRollupKey, RoutingTally> _routing = [];
    private readonly SortedDictionary<TagRollupKey, UsageTally> _tags = [];

    public int Rows { get; private set; }

    public IReadOnlyDictionary<UsageRollupKey, UsageTally> Usage => _usage;

    public IReadOnlyDictionary<RoutingRollupKey, RoutingTally> Routing => _routing;

    /// <summary>By hour; a row with several tags counts under each.</summary>
    public IReadOnlyDictionary<TagRollupKey, UsageTally> Tags => _tags;

    public void Add(UsageRecord record)
    {
        Rows++;

        // Attempt 0 is a request that was refused before any attempt: no usage, but it may count among the failures.
        if (record.AttemptNumber > 0)
        {
            GetOrAdd(_usage, UsageRollupKey.Of(record)).Add(record);
            foreach (var tag in LedgerBounds.TagsOf(record).Distinct(StringComparer.Ordinal))
            {
                GetOrAdd(_tags, TagRollupKey.Of(record, tag)).Add(record);
            }
        }

        // Of an unknown one nobody can say whether it was answered.
        if (record.Kind == RowKind.Settled && record.Summary is { } summary && RoutingTally.Counts(record, summary))
        {
            GetOrAdd(_routing, RoutingRollupKey.Of(record)).Add(record, summary);
        }
    }

    internal static TTally GetOrAdd<TKey, TTally>(SortedDictionary<TKey, TTally> tallies, TKey key)
        where TKey : notnull
        where TTally : new()
    {
        if (!tallies.TryGetValue(key, out var tally))
        {
            tally = new TTally();
            tallies.Add(key, tally);
        }

        return tally;
    }
}
