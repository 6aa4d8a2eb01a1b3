using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>What <see cref="Utf8JsonReader"/> leaves unchecked in strings that it only skips.</summary>
internal static class JsonText
{
    private const int EscapeLength = 6;

    /// <summary>Valid UTF-8 without escaped lone surrogates: every string in it can be read without an exception.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> json) => Utf8.IsValid(json) && !HasLoneSurrogateEscape(json);

    /// <summary>
    /// Looks at escapes pairwise from the start, so that an escaped backslash before a <c>u</c> is no escape. Backslashes
    /// outside of strings do not matter: they are no JSON.
    /// </summary>
    private static bool HasLoneSurrogateEscape(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var at = json.IndexOf((byte)'\\');
            if (at < 0 || at + 1 >= json.Length)
            {
                return false;
            }

            json = json[at..];
            if (json[1] != (byte)'u')
            {
                json = json[2..];
                continue;
            }

            var unit = HexUnit(json);
            if (!IsSurrogate(unit))
            {
                json = json[2..];
                continue;
            }

            if (!IsHigh(unit) || json.Length < 2 * EscapeLength || !IsLow(HexUnit(json[EscapeLength..])))
            {
                return true;
            }

            json = json[(2 * EscapeLength)..];
        }
    }

    /// <summary>UTF-16 characters of the string that the reader stands on, without making it.</summary>
    public static int CountCharacters(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        var count = Encoding.UTF8.GetCharCount(raw);
        if (!reader.ValueIsEscaped)
        {
            return count;
        }

        for (var at = raw.IndexOf((byte)'\\'); at >= 0 && at + 1 < raw.Length;)
        {
            var escape = raw[at + 1] == (byte)'u' ? EscapeLength : 2;
            count -= escape - 1;
            raw = raw[Math.Min(at + escape, raw.Length)..];
            at = raw.IndexOf((byte)'\\');
        }

        return count;
    }

    /// <summary>The code unit of <c>\uXXXX</c>; -1 when that is not what stands there.</summary>
    private static int HexUnit(ReadOnlySpan<byte> escape)
    {
        if (escape.Length < EscapeLength || escape[0] != (byte)'\\' || escape[1] != (byte)'u')
        {
            return -1;
        }

        var unit = 0;
        foreach (var digit in escape.Slice(2, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return -1;
            }

            unit = (unit << 4) | (digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return unit;
    }

    private static bool IsSurrogate(int unit) => unit is >= 0xD800 and <= 0xDFFF;

    private static bool IsHigh(int unit) => unit is >= 0xD800 and <= 0xDBFF;

    private static bool IsLow(int unit) => unit is >= 0xDC00 and <= 0xDFFF;
}
