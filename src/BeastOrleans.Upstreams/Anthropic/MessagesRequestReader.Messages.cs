using System.Buffers.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>System and messages: roles, content blocks, and whether there are images among them.</summary>
public static partial class MessagesRequestReader
{
    private static MessagesFlaw? ReadSystem(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
        {
            facts.PromptBytes += (int)(reader.BytesConsumed - start);
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return MessagesFlaw.Here("must be a string or an array of text blocks.");
        }

        var flaw = ReadBlocks(ref reader, BlockPlaces.System, ref facts, out _);
        facts.PromptBytes += (int)(reader.BytesConsumed - start);
        return flaw;
    }

    private static MessagesFlaw? ReadMessages(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return MessagesFlaw.Here("must be an array.");
        }

        var empty = -1;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (empty >= 0)
            {
                return EmptyContent(empty);
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return MessagesFlaw.Here("must be an object.").At(index);
            }

            if (ReadMessage(ref reader, ref facts, out var place, out var isEmpty) is { } flaw)
            {
                return flaw.At(index);
            }

            if (isEmpty && place == BlockPlaces.User)
            {
                return EmptyContent(index);
            }

            // Only an assistant's last turn may be empty.
            empty = isEmpty ? index : -1;
            facts.HasMessages = true;
        }

        facts.PromptBytes += (int)(reader.BytesConsumed - start);
        return facts.HasMessages ? null : MessagesFlaw.Here("must not be empty.");
    }

    private static MessagesFlaw EmptyContent(int index) => new MessagesFlaw("content", "must not be empty.").At(index);

    private static MessagesFlaw? ReadMessage(ref Utf8JsonReader reader, ref Facts facts, out BlockPlaces place, out bool isEmpty)
    {
        // The role decides which blocks are allowed, and may stand behind them.
        isEmpty = false;
        place = !MessagesJson.TryPeek(reader, "role"u8, out var role) ? BlockPlaces.None
            : role.ValueTextEquals("user"u8) ? BlockPlaces.User : role.ValueTextEquals("assistant"u8) ? BlockPlaces.Assistant : BlockPlaces.None;
        if (place == BlockPlaces.None)
        {
            return new MessagesFlaw("role", "must be 'user' or 'assistant' (instructions belong in 'system').");
        }

        bool hasRole = false, hasContent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                if (hasRole)
                {
                    return new MessagesFlaw("role", "is given twice.");
                }

                hasRole = true;
                reader.Read();
                reader.Skip();
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                if (hasContent)
                {
                    return new MessagesFlaw("content", "is given twice.");
                }

                hasContent = true;
                if (ReadContent(ref reader, place, ref facts, out isEmpty) is { } flaw)
                {
                    return flaw.In("content");
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return hasContent ? null : new MessagesFlaw("content", "is required: a string or an array of content blocks.");
    }

    private static MessagesFlaw? ReadContent(ref Utf8JsonReader reader, BlockPlaces place, ref Facts facts, out bool isEmpty)
    {
        reader.Read();
        isEmpty = false;
        if (reader.TokenType == JsonTokenType.String)
        {
            isEmpty = reader.ValueSpan.Length == 0;
            return null;
        }

        if (place == BlockPlaces.ToolResult && reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        return reader.TokenType == JsonTokenType.StartArray
            ? ReadBlocks(ref reader, place, ref facts, out isEmpty)
            : MessagesFlaw.Here("must be a string or an array of content blocks.");
    }

    private static MessagesFlaw? ReadBlocks(ref Utf8JsonReader reader, BlockPlaces place, ref Facts facts, out bool isEmpty)
    {
        isEmpty = true;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            isEmpty = false;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return MessagesFlaw.Here("must be an object.").At(index);
            }

            if (ReadBlock(ref reader, place, ref facts) is { } flaw)
            {
                return flaw.At(index);
            }
        }

        return null;
    }

    private static MessagesFlaw? ReadBlock(ref Utf8JsonReader reader, BlockPlaces place, ref Facts facts)
    {
        var rule = MessagesJson.TryPeek(reader, "type"u8, out var type) ? MessagesBlockRule.Find(ref type) : null;
        if (rule is null || (rule.Places & place) == 0)
        {
            return new MessagesFlaw("type", $"must be one of {MessagesBlockRule.Allowed(place)} here.");
        }

        facts.Needs |= rule.Type == "image" ? Capabilities.Vision : Capabilities.None;
        var seen = 0u;
        var types = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                if (++types > 1)
                {
                    return new MessagesFlaw("type", "is given twice.");
                }

                reader.Read();
                continue;
            }

            if (ReadBlockMember(ref reader, rule, ref seen, ref facts) is { } flaw)
            {
                return flaw;
            }
        }

        for (var index = 0; index < rule.Members.Length; index++)
        {
            if (rule.Members[index].Required && (seen & (1u << index)) == 0)
            {
                return MessagesFlaw.Missing(rule.Members[index].Name);
            }
        }

        return null;
    }

    private static MessagesFlaw? ReadBlockMember(ref Utf8JsonReader reader, MessagesBlockRule rule, ref uint seen, ref Facts facts)
    {
        for (var index = 0; index < rule.Members.Length; index++)
        {
            var member = rule.Members[index];
            if (!reader.ValueTextEquals(member.NameUtf8))
            {
                continue;
            }

            // Parsers differ in which of the two they take.
            if ((seen & (1u << index)) != 0)
            {
                return new MessagesFlaw(member.Name, "is given twice.");
            }

            seen |= 1u << index;
            var flaw = member.Shape switch
            {
                JsonShape.Blocks => ReadContent(ref reader, BlockPlaces.ToolResult, ref facts, out _),
                JsonShape.ImageSource => ReadImageSource(ref reader),
                _ => MessagesJson.ReadMember(ref reader, member.Shape),
            };
            return flaw?.In(member.Name);
        }

        reader.Skip();
        return null;
    }

    private static MessagesFlaw? ReadImageSource(ref Utf8JsonReader reader)
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

            reader.Skip();
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
