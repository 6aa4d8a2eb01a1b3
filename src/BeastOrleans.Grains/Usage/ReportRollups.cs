namespace BeastOrleans.Grains.Usage;

/// <summary>What reports add to a batch's sums: the same by day, and without user and key. In key order, as every writer locks.</summary>
internal sealed class ReportRollups
{
    private readonly SortedDictionary<UsageRollupKey, UsageTally> _days = [];
    private readonly SortedDictionary<ModelRollupKey, UsageTally> _modelHours = [];
    private readonly SortedDictionary<ModelRollupKey, UsageTally> _modelDays = [];

    private ReportRollups()
    {
    }

    /// <summary>The key's hour is a day here.</summary>
    public IReadOnlyDictionary<UsageRollupKey, UsageTally> Days => _days;

    public IReadOnlyDictionary<ModelRollupKey, UsageTally> ModelHours => _modelHours;

    public IReadOnlyDictionary<ModelRollupKey, UsageTally> ModelDays => _modelDays;

    public static ReportRollups Of(IReadOnlyDictionary<UsageRollupKey, UsageTally> hours)
    {
        var rollups = new ReportRollups();
        foreach (var (key, sum) in hours)
        {
            var day = RollupHour.DayOf(key.Hour);
            LedgerTally.GetOrAdd(rollups._days, key with { Hour = day }).Add(sum);
            LedgerTally.GetOrAdd(rollups._modelHours, new ModelRollupKey(key.Hour, key.Tenant, key.ModelId, key.Type)).Add(sum);
            LedgerTally.GetOrAdd(rollups._modelDays, new ModelRollupKey(day, key.Tenant, key.ModelId, key.Type)).Add(sum);
        }

        return rollups;
    }

    /// <summary>Sums by tag and hour, and by tag and day.</summary>
    /// <param name="isCounted">Whether a tag is counted by name: see <see cref="LedgerBounds.TagsPerDay"/>.</param>
    public static (SortedDictionary<TagRollupKey, UsageTally> Hours, SortedDictionary<TagRollupKey, UsageTally> Days) OfTags(
        IReadOnlyDictionary<TagRollupKey, UsageTally> tags, Func<TagOfDay, bool> isCounted)
    {
        var hours = new SortedDictionary<TagRollupKey, UsageTally>();
        var days = new SortedDictionary<TagRollupKey, UsageTally>();
        var known = new Dictionary<TagOfDay, bool>();
        foreach (var (key, sum) in tags)
        {
            var named = new TagOfDay(key.Tenant, RollupHour.DayOf(key.Bucket), key.Tag);
            if (!known.TryGetValue(named, out var counted))
            {
                known.Add(named, counted = isCounted(named));
            }

            var hour = counted ? key : key with { Tag = LedgerBounds.OtherTag };
            LedgerTally.GetOrAdd(hours, hour).Add(sum);
            LedgerTally.GetOrAdd(days, hour with { Bucket = named.Day }).Add(sum);
        }

        return (hours, days);
    }
}

/// <summary>A tag of one tenant on one day.</summary>
internal readonly record struct TagOfDay(string Tenant, long Day, string Tag);
