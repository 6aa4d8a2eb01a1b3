using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BeastOrleans.Grains.Usage.Reports;

namespace BeastOrleans.Grains.Usage;

/// <summary>
/// Where a page ended, as an opaque base64url text for callers to hand back. It names a place and grants nothing: whose rows are
/// read is decided by the call's other arguments.
/// </summary>
internal static class PageCursor
{
    /// <summary>What every report says of a cursor that it did not make.</summary>
    public const string Invalid = "The cursor is not one that this list gave: leave it out to start from the beginning.";

    /// <summary>Longer than any we make: an attempt id or registry id, encoded.</summary>
    private const int MaxLength = 2_048;

    private const char FallbackMark = 'f';
    private const char IdMark = 'r';
    private const char LedgerMark = 'l';
    private const char UsageMark = 'u';
    private const char BudgetMark = 'b';

    public static string Of(FallbackPosition position) =>
        Encode(FallbackMark, string.Create(CultureInfo.InvariantCulture, $"{position.AtMilliseconds}:{position.AttemptId}"));

    public static string Of(LedgerPosition position) =>
        Encode(LedgerMark, string.Create(CultureInfo.InvariantCulture, $"{position.AtMilliseconds}:{position.AttemptId}"));

    public static string Of(BudgetPosition position) =>
        Encode(BudgetMark, string.Create(CultureInfo.InvariantCulture, $"{position.Start}:{position.Scope}"));

    /// <param name="position">Numbers and texts.</param>
    public static string OfUsage(object[] position) =>
        Encode(UsageMark, JsonSerializer.Serialize(Array.ConvertAll(position, value => Convert.ToString(value, CultureInfo.InvariantCulture)!), LedgerJson.Default.StringArray));

    public static string OfId(string id) => Encode(IdMark, id);

    /// <summary>Null for no cursor.</summary>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="Of(FallbackPosition)"/>.</exception>
    public static FallbackPosition? ParseFallback(string? cursor) =>
        ParseRow(cursor, FallbackMark) is { } place ? new FallbackPosition(place.At, place.AttemptId) : null;

    /// <summary>Null for no cursor.</summary>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="Of(LedgerPosition)"/>.</exception>
    public static LedgerPosition? ParseLedger(string? cursor) =>
        ParseRow(cursor, LedgerMark) is { } place ? new LedgerPosition(place.At, place.AttemptId) : null;

    /// <summary>Null for no cursor.</summary>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="Of(BudgetPosition)"/>.</exception>
    public static BudgetPosition? ParseBudget(string? cursor) =>
        ParseRow(cursor, BudgetMark) is { } place ? new BudgetPosition(place.AttemptId, place.At) : null;

    /// <summary>Null for no cursor.</summary>
    /// <param name="isNumber">For each value of the position, whether it is a number.</param>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="OfUsage"/>, or of a report with other groups.</exception>
    public static object[]? ParseUsage(string? cursor, IReadOnlyList<bool> isNumber)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        if (TryDecode(cursor, UsageMark, out var text) && ReadTexts(text) is { } values && values.Length == isNumber.Count)
        {
            var position = new object[values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                position[i] = !isNumber[i] ? values[i]
                    : long.TryParse(values[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
                    : throw new ArgumentException(Invalid, nameof(cursor));
            }

            return position;
        }

        throw new ArgumentException(Invalid, nameof(cursor));
    }

    private static string[]? ReadTexts(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LedgerJson.Default.StringArray) is { } texts && !Array.Exists(texts, text => text is null) ? texts : null;
        }
        catch (JsonException)
        {
            // Somebody else's text: said like any other.
            return null;
        }
    }

    private static (long At, string AttemptId)? ParseRow(string? cursor, char mark)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        if (TryDecode(cursor, mark, out var text)
            && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            && long.TryParse(text.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at)
            && colon + 1 < text.Length)
        {
            return (at, text[(colon + 1)..]);
        }

        throw new ArgumentException(Invalid, nameof(cursor));
    }

    /// <summary>Null for no cursor.</summary>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="OfId"/>.</exception>
    public static string? ParseId(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        return TryDecode(cursor, IdMark, out var id) && id.Length > 0 ? id : throw new ArgumentException(Invalid, nameof(cursor));
    }

    private static string Encode(char mark, string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(mark + text));

    private static bool TryDecode(string cursor, char mark, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (cursor.Length > MaxLength || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        var decoded = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        if (decoded.Length == 0 || decoded[0] != mark)
        {
            return false;
        }

        text = decoded[1..];
        return true;
    }
}
