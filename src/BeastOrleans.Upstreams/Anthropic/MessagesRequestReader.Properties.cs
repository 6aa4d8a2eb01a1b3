using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>The top-level properties that are looked at.</summary>
public static partial class MessagesRequestReader
{
    private static MessagesFlaw? ReadProperty(ref Utf8JsonReader reader, ref Facts facts)
    {
        if (reader.ValueTextEquals("messages"u8))
        {
            return ReadMessages(ref reader, ref facts)?.In("messages");
        }

        if (reader.ValueTextEquals("system"u8))
        {
            return ReadSystem(ref reader, ref facts)?.In("system");
        }

        if (reader.ValueTextEquals("tools"u8))
        {
            return ReadTools(ref reader, ref facts)?.In("tools");
        }

        if (reader.ValueTextEquals("model"u8))
        {
            var flaw = MessagesJson.ReadText(ref reader, MaxModelLength, out facts.Model);
            facts.ModelToken = ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
            return flaw?.In("model");
        }

        if (reader.ValueTextEquals("max_tokens"u8))
        {
            return MessagesJson.ReadCount(ref reader, 0, out facts.MaxOutputTokens)?.In("max_tokens");
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            return MessagesJson.ReadFlag(ref reader, out facts.Stream)?.In("stream");
        }

        if (reader.ValueTextEquals("temperature"u8))
        {
            return MessagesJson.ReadFraction(ref reader)?.In("temperature");
        }

        if (reader.ValueTextEquals("top_p"u8))
        {
            return MessagesJson.ReadFraction(ref reader)?.In("top_p");
        }

        if (reader.ValueTextEquals("top_k"u8))
        {
            return MessagesJson.ReadCount(ref reader, 0, out _)?.In("top_k");
        }

        if (reader.ValueTextEquals("stop_sequences"u8))
        {
            return ReadStopSequences(ref reader)?.In("stop_sequences");
        }

        if (reader.ValueTextEquals("tool_choice"u8))
        {
            return ReadToolChoice(ref reader)?.In("tool_choice");
        }

        if (reader.ValueTextEquals("metadata"u8))
        {
            return ReadMetadata(ref reader, ref facts)?.In("metadata");
        }

        if (reader.ValueTextEquals("thinking"u8))
        {
            return ReadThinking(ref reader)?.In("thinking");
        }

        if (reader.ValueTextEquals("output_format"u8))
        {
            return ReadFormat(ref reader, ref facts)?.In("output_format");
        }

        if (reader.ValueTextEquals("output_config"u8))
        {
            return ReadOutputConfig(ref reader, ref facts)?.In("output_config");
        }

        if (reader.ValueTextEquals("cache_control"u8))
        {
            return MessagesJson.ReadMember(ref reader, JsonShape.ObjectOrNull)?.In("cache_control");
        }

        if (reader.ValueTextEquals("mcp_servers"u8))
        {
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
            {
                return new MessagesFlaw("mcp_servers", "must be an array.");
            }
        }

        reader.Skip();
        return null;
    }

    private static MessagesFlaw? ReadStopSequences(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return MessagesFlaw.Here("must be an array of strings.");
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.String || string.IsNullOrWhiteSpace(reader.GetString()))
            {
                return MessagesFlaw.Here("must be a string with more than white space in it.").At(index);
            }
        }

        return null;
    }

    private static MessagesFlaw? ReadMetadata(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("user_id"u8))
            {
                reader.Skip();
            }
            else if (MessagesJson.ReadText(ref reader, MaxUserLength, out facts.User) is { } flaw)
            {
                return flaw.In("user_id");
            }
        }

        return null;
    }

    private static MessagesFlaw? ReadThinking(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        string? type = null;
        int? budget = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                if (MessagesJson.ReadText(ref reader, 64, out type) is { } flaw)
                {
                    return flaw.In("type");
                }
            }
            else if (reader.ValueTextEquals("budget_tokens"u8))
            {
                if (MessagesJson.ReadCount(ref reader, 0, out budget) is { } flaw)
                {
                    return flaw.In("budget_tokens");
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return type switch
        {
            "enabled" when budget is null => new MessagesFlaw("budget_tokens", $"is required for type 'enabled': at least {MinThinkingBudget}."),
            "enabled" when budget < MinThinkingBudget => new MessagesFlaw("budget_tokens", $"must be at least {MinThinkingBudget}."),
            null => MessagesFlaw.Missing("type"),
            _ => null,
        };
    }

    private static MessagesFlaw? ReadOutputConfig(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("format"u8))
            {
                if (ReadFormat(ref reader, ref facts) is { } flaw)
                {
                    return flaw.In("format");
                }
            }
            else if (reader.ValueTextEquals("effort"u8))
            {
                if (MessagesJson.ReadText(ref reader, 64, out _) is { } flaw)
                {
                    return flaw.In("effort");
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return null;
    }

    private static MessagesFlaw? ReadFormat(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return MessagesFlaw.Here("must be an object.");
        }

        bool isSchema = false, hasSchema = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isBody = reader.ValueTextEquals("schema"u8);
            reader.Read();
            if (isType)
            {
                isSchema = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("json_schema"u8);
            }
            else if (isBody)
            {
                hasSchema = reader.TokenType == JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        facts.Needs |= Capabilities.JsonSchema;
        return !isSchema ? new MessagesFlaw("type", "must be 'json_schema'.")
            : !hasSchema ? new MessagesFlaw("schema", "is required: a JSON schema object.") : null;
    }
}
