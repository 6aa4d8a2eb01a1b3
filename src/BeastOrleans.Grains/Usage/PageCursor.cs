using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

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

    public static string Of(FallbackPosition position) =>
        Encode(FallbackMark, string.Create(CultureInfo.InvariantCulture, $"{position.AtMilliseconds}:{position.AttemptId}"));

    public static string OfId(string id) => Encode(IdMark, id);

    /// <summary>Null for no cursor.</summary>
    /// <exception cref="ArgumentException">Not a cursor of <see cref="Of(FallbackPosition)"/>.</exception>
    public static FallbackPosition? ParseFallback(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        if (TryDecode(cursor, FallbackMark, out var text)
            && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            && long.TryParse(text.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at)
            && colon + 1 < text.Length)
        {
            return new FallbackPosition(at, text[(colon + 1)..]);
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
