using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

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

            if (isEmpty && place != BlockPlaces.Assistant)
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
            : role.ValueTextEquals("user"u8) ? BlockPlaces.User : role.ValueTextEquals("assistant"u8) ? BlockPlaces.Assistant
            : role.ValueTextEquals("system"u8) ? BlockPlaces.System : BlockPlaces.None;
        if (place == BlockPlaces.None)
        {
            return new MessagesFlaw("role", "must be 'user', 'assistant' or 'system'.");
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
        if (!MessagesJson.TryPeek(reader, "type"u8, out var type))
        {
            return new MessagesFlaw("type", $"must name a content block, e.g. {MessagesBlockRule.Allowed(place)}.");
        }

        // What no rule knows may be newer than the rules: a native upstream judges it, a translation refuses it.
        var rule = MessagesBlockRule.Find(ref type) ?? MessagesBlockRule.Unknown;
        if ((rule.Places & place) == 0)
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
                JsonShape.ImageSource => ReadImageSource(ref reader, ref facts),
                JsonShape.Any => ReadAny(ref reader, ref facts),
                JsonShape.Source => ReadSource(ref reader, ref facts),
                _ => MessagesJson.ReadMember(ref reader, member.Shape),
            };
            return flaw?.In(member.Name);
        }

        facts.PromptBytes += InlineMedia.SkipMember(ref reader);
        return null;
    }
}
