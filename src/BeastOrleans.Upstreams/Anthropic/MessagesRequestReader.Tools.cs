using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Tools and the choice among them.</summary>
public static partial class MessagesRequestReader
{
    private static MessagesFlaw? ReadTools(ref Utf8JsonReader reader, ref Facts facts)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return MessagesFlaw.Here("must be an array.");
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return MessagesFlaw.Here("must be an object.").At(index);
            }

            if (ReadTool(ref reader) is { } flaw)
            {
                return flaw.At(index);
            }

            facts.Needs |= Capabilities.Tools;
        }

        facts.PromptBytes += (int)(reader.BytesConsumed - start);
        return null;
    }

    /// <summary>A tool of the client's has a name and a schema; those that Anthropic runs have a dated type and members of their own.</summary>
    private static MessagesFlaw? ReadTool(ref Utf8JsonReader reader)
    {
        bool hasName = false, hasSchema = false, isCustom = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                if (MessagesJson.ReadText(ref reader, 128, out var type) is { } flaw)
                {
                    return flaw.In("type");
                }

                isCustom = type is null or "custom";
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                hasName = true;
                if (reader.TokenType != JsonTokenType.String || !IsToolName(reader.GetString()!))
                {
                    return new MessagesFlaw("name", $"must be 1 to {MaxToolNameLength} characters of a-z, A-Z, 0-9, _ and -.");
                }
            }
            else if (reader.ValueTextEquals("input_schema"u8))
            {
                reader.Read();
                hasSchema = true;
                if (reader.TokenType != JsonTokenType.StartObject || !HasObjectType(reader))
                {
                    return new MessagesFlaw("input_schema", "must be a JSON schema object with \"type\":\"object\".");
                }

                reader.Skip();
            }
            else if (reader.ValueTextEquals("description"u8))
            {
                if (MessagesJson.ReadMember(ref reader, JsonShape.TextOrNull) is { } flaw)
                {
                    return flaw.In("description");
                }
            }
            else if (reader.ValueTextEquals("strict"u8))
            {
                if (MessagesJson.ReadMember(ref reader, JsonShape.Flag) is { } flaw)
                {
                    return flaw.In("strict");
                }
            }
            else if (reader.ValueTextEquals("cache_control"u8))
            {
                if (MessagesJson.ReadMember(ref reader, JsonShape.ObjectOrNull) is { } flaw)
                {
                    return flaw.In("cache_control");
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return !isCustom ? null : !hasName ? MessagesFlaw.Missing("name") : !hasSchema ? MessagesFlaw.Missing("input_schema") : null;
    }

    private static bool HasObjectType(Utf8JsonReader schema) =>
        MessagesJson.TryPeek(schema, "type"u8, out var type) && type.ValueTextEquals("object"u8);

    private static bool IsToolName(string name) =>
        name.Length is > 0 and <= MaxToolNameLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static MessagesFlaw? ReadToolChoice(ref Utf8JsonReader reader)
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
        string? name = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                if (MessagesJson.ReadText(ref reader, 64, out type) is { } flaw)
                {
                    return flaw.In("type");
                }
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                if (MessagesJson.ReadText(ref reader, MaxToolNameLength, out name) is { } flaw)
                {
                    return flaw.In("name");
                }
            }
            else if (reader.ValueTextEquals("disable_parallel_tool_use"u8))
            {
                if (MessagesJson.ReadFlag(ref reader, out _) is { } flaw)
                {
                    return flaw.In("disable_parallel_tool_use");
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return type switch
        {
            "tool" when string.IsNullOrEmpty(name) => new MessagesFlaw("name", "is required for type 'tool': a tool's name."),
            "auto" or "any" or "tool" or "none" => null,
            _ => new MessagesFlaw("type", "must be 'auto', 'any', 'tool' or 'none'."),
        };
    }
}
