using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>Whole hours since 1970-01-01 UTC: the grain of every rollup.</summary>
internal static class RollupHour
{
    private const long MillisecondsPerHour = 3_600_000;

    // The last hour of the year 9999: a window may be asked for up to DateTimeOffset.MaxValue.
    private const long Last = 253_402_300_799_999 / MillisecondsPerHour;

    public static long Of(DateTimeOffset at) => Math.DivRem(at.ToUnixTimeMilliseconds(), MillisecondsPerHour, out _);

    /// <summary>The first whole hour at or after <paramref name="at"/>.</summary>
    public static long Ceiling(DateTimeOffset at)
    {
        var hour = Of(at);
        return Start(hour) == at ? hour : hour + 1;
    }

    /// <summary>The day (whole, since 1970-01-01 UTC) of an hour.</summary>
    public static long DayOf(long hour) => Math.DivRem(hour, 24, out _);

    public static DateTimeOffset Start(long hour) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(hour, Last) * MillisecondsPerHour);
}

/// <summary>A row of <c>usage_rollup</c>. Ordered ordinally, as every writer must lock rows in one order.</summary>
internal readonly record struct UsageRollupKey(string Tenant, long Hour, string User, string KeyId, string ModelId, EndpointType Type)
    : IComparable<UsageRollupKey>
{
    public static UsageRollupKey Of(UsageRecord record) =>
        new(record.Tenant, RollupHour.Of(record.At), record.User, record.KeyId, record.ModelId, record.Type);

    public int CompareTo(UsageRollupKey other)
    {
        var order = string.CompareOrdinal(Tenant, other.Tenant);
        order = order != 0 ? order : Hour.CompareTo(other.Hour);
        order = order != 0 ? order : string.CompareOrdinal(User, other.User);
        order = order != 0 ? order : string.CompareOrdinal(KeyId, other.KeyId);
        order = order != 0 ? order : string.CompareOrdinal(ModelId, other.ModelId);
        return order != 0 ? order : Type.CompareTo(other.Type);
    }
}

/// <summary>A row of <c>usage_model_hour</c> or <c>usage_model_day</c>.</summary>
internal readonly record struct ModelRollupKey(long Bucket, string Tenant, string ModelId, EndpointType Type) : IComparable<ModelRollupKey>
{
    public int CompareTo(ModelRollupKey other)
    {
        var order = Bucket.CompareTo(other.Bucket);
        order = order != 0 ? order : string.CompareOrdinal(Tenant, other.Tenant);
        order = order != 0 ? order : string.CompareOrdinal(ModelId, other.ModelId);
        return order != 0 ? order : Type.CompareTo(other.Type);
    }
}

/// <summary>A row of <c>usage_tag_hour</c> or <c>usage_tag_day</c>.</summary>
internal readonly record struct TagRollupKey(string Tenant, long Bucket, string Tag, string ModelId, EndpointType Type) : IComparable<TagRollupKey>
{
    public static TagRollupKey Of(UsageRecord record, string tag) =>
        new(record.Tenant, RollupHour.Of(record.At), tag, record.ModelId, record.Type);

    public int CompareTo(TagRollupKey other)
    {
        var order = string.CompareOrdinal(Tenant, other.Tenant);
        order = order != 0 ? order : Bucket.CompareTo(other.Bucket);
        order = order != 0 ? order : string.CompareOrdinal(Tag, other.Tag);
        order = order != 0 ? order : string.CompareOrdinal(ModelId, other.ModelId);
        return order != 0 ? order : Type.CompareTo(other.Type);
    }
}

/// <summary>A row of <c>routing_rollup</c>.</summary>
internal readonly record struct RoutingRollupKey(string Tenant, long Hour, string User) : IComparable<RoutingRollupKey>
{
    public static RoutingRollupKey Of(UsageRecord record) => new(record.Tenant, RollupHour.Of(record.At), record.User);

    public int CompareTo(RoutingRollupKey other)
    {
        var order = string.CompareOrdinal(Tenant, other.Tenant);
        order = order != 0 ? order : Hour.CompareTo(other.Hour);
        return order != 0 ? order : string.CompareOrdinal(User, other.User);
    }
}
