namespace BeastOrleans.Grains.Usage;

/// <summary>The most that one row keeps. Gateways stay below; what is longer is cut, for a refused batch would block its spool.</summary>
internal static class LedgerBounds
{
    /// <summary>Characters of a request's error text.</summary>
    public const int ErrorLength = 4_096;

    public const int Tags = 8;

    /// <summary>Different tags that one tenant's day counts by name; the rest is counted under <see cref="OtherTag"/>.</summary>
    public const int TagsPerDay = 1_000;

    public const string OtherTag = "_other";

    public const int Skipped = 64;

    /// <summary>Leases of one attempt: one of each scope, a second where the first was nearly used up.</summary>
    public const int Leases = 16;

    /// <summary>Candidates of a stored plan.</summary>
    public const int PlanEntries = 256;

    /// <summary>Attempts of one request that reports show.</summary>
    public const int AttemptsPerRequest = 64;

    /// <summary>The tags that a row is kept and counted under.</summary>
    public static string[] TagsOf(Contracts.Usage.UsageRecord record) => Cut(record.Tags ?? record.Summary?.Tags ?? [], Tags);

    public static string? Cut(string? text, int length)
    {
        if (text is null || text.Length <= length)
        {
            return text;
        }

        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    public static T[] Cut<T>(T[] items, int count) => items.Length <= count ? items : items[..count];
}
