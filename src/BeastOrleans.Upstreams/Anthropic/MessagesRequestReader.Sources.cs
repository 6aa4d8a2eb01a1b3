using System.Buffers.Text;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Where pictures and files come from, and what those count that stand in the body.</summary>
public static partial class MessagesRequestReader
{
    private static MessagesFlaw? ReadAny(ref Utf8JsonReader reader, ref Facts facts)
    {
        facts.PromptBytes += InlineMedia.SkipMember(ref reader);
        return null;
    }

    private static MessagesFlaw? ReadSource(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        facts.PromptBytes += InlineMedia.SkipValue(ref reader);
        return null;
    }

    private static MessagesFlaw? ReadImageSource(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        string? type = null;
        var (hasUrl, hasData, hasMedia, hasFile) = (false, false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isUrl, isData) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("url"u8), reader.ValueTextEquals("data"u8));
            var (isMedia, isFile) = (reader.ValueTextEquals("media_type"u8), reader.ValueTextEquals("file_id"u8));
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                type = isType ? reader.GetString() : type;
                hasUrl = isUrl ? IsWebUrl(reader.GetString()!) : hasUrl;
                hasData = isData ? IsBase64(ref reader) : hasData;
                hasMedia = isMedia ? IsImageType(ref reader) : hasMedia;
                hasFile = isFile ? reader.ValueSpan.Length > 0 : hasFile;
            }
            else if (isType || isUrl || isData || isMedia || isFile)
            {
                return MessagesFlaw.Here("must have strings in 'type', 'media_type', 'data', 'url' and 'file_id'.");
            }

            facts.PromptBytes += InlineMedia.SkipValue(ref reader, isData);
        }

        return type switch
        {
            "base64" when !hasMedia => new MessagesFlaw("media_type", "must be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'."),
            "base64" when !hasData => new MessagesFlaw("data", "must be the image in base64."),
            "url" when !hasUrl => new MessagesFlaw("url", "must be an http or https URL."),
            "file" when !hasFile => MessagesFlaw.Missing("file_id"),
            "base64" or "url" or "file" => null,
            _ => new MessagesFlaw("type", "must be 'base64', 'url' or 'file'."),
        };
    }

    private static bool IsWebUrl(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private static bool IsBase64(ref Utf8JsonReader reader) => reader.ValueSpan.Length > 0
        && (reader.ValueIsEscaped ? Base64.IsValid(reader.GetString()!) : Base64.IsValid(reader.ValueSpan));

    private static bool IsImageType(ref Utf8JsonReader reader) => reader.ValueTextEquals("image/jpeg"u8)
        || reader.ValueTextEquals("image/png"u8) || reader.ValueTextEquals("image/gif"u8) || reader.ValueTextEquals("image/webp"u8);
}
