using System.Buffers;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>
/// Pictures, sounds and files that stand in a prompt as base64. No model reads them letter by letter: in an estimate by
/// bytes one counts as much as a picture of common size, or a single photograph is "longer" than any model's window.
/// </summary>
internal static class InlineMedia
{
    /// <summary>What one counts for instead of its own bytes: about 1,500 tokens.</summary>
    public const int FlatBytes = 6000;

    /// <summary>Shorter strings are not looked at, in bytes.</summary>
    private const int ShortText = 256;

    // Backslashes: slashes and line breaks may be escaped.
    private static readonly SearchValues<byte> Base64Bytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\"u8);

    /// <summary>Moves from a member's name to its value's end.</summary>
    /// <returns>What to add to the bytes of the prompt that the member is counted in; below 0 for all that is long.</returns>
    public static int SkipMember(ref Utf8JsonReader reader)
    {
        var name = NameOf(ref reader);
        reader.Read();
        return SkipValue(ref reader, name);
    }

    /// <summary>Moves from a value's first token to its last; <paramref name="isData"/>: a string there is base64 by its name.</summary>
    /// <returns>As of <see cref="SkipMember"/>.</returns>
    public static int SkipValue(ref Utf8JsonReader reader, bool isData = false) => SkipValue(ref reader, isData ? Name.Data : Name.Other);

    private static int SkipValue(ref Utf8JsonReader reader, Name name)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return Surplus(ref reader, name);
        }

        var sum = 0;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = NameOf(ref reader);
            }
            else
            {
                sum += Surplus(ref reader, name);
            }
        }

        return sum;
    }

    private static Name NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("file_data"u8) ? Name.Data
            : reader.ValueTextEquals("url"u8) || reader.ValueTextEquals("image_url"u8) ? Name.Url : Name.Other;

    private static int Surplus(ref Utf8JsonReader reader, Name name)
    {
        if (name == Name.Other || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length <= ShortText)
        {
            return 0;
        }

        var head = reader.ValueSpan[..ShortText];
        var isMedia = Ascii.EqualsIgnoreCase(head[..5], "data:"u8)
            ? !Ascii.EqualsIgnoreCase(head[5..10], "text/"u8)
            : name == Name.Data && !head.ContainsAnyExcept(Base64Bytes);

        // A document may be plain text under the same name, and is read as that.
        return isMedia ? FlatBytes - reader.ValueSpan.Length : 0;
    }

    private enum Name
    {
        Other = 0,

        /// <summary>Base64, a data URL or text.</summary>
        Data = 1,

        /// <summary>An address or a data URL.</summary>
        Url = 2,
    }
}
