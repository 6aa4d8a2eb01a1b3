namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>PostgreSQL stores neither U+0000 nor half of a surrogate pair; a client may send both.</summary>
internal static class PostgresText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The same text with U+FFFD where it could not be stored. No copy where there is nothing to replace.</summary>
    public static string Storable(string text) =>
        text.Contains('\0', StringComparison.Ordinal) || text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 ? Replace(text) : text;

    private static string Replace(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            if (char.IsHighSurrogate(source[i]) && i + 1 < source.Length && char.IsLowSurrogate(source[i + 1]))
            {
                target[i] = source[i];
                target[i + 1] = source[++i];
            }
            else
            {
                target[i] = source[i] == '\0' || char.IsSurrogate(source[i]) ? Replacement : source[i];
            }
        }
    });
}
