using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Everything at the top but the input and the tools.</summary>
public static partial class ResponsesToChat
{
    private const int MaxTopLogprobs = 20;

    private const string Logprobs = "message.output_text.logprobs";

    private static readonly string[] Numbers = ["temperature", "top_p"];

    private static readonly string[] Texts = ["user", "safety_identifier", "service_tier", "prompt_cache_key", "prompt_cache_retention"];

    private static RequestDefect? WriteOptions(
        Utf8JsonWriter writer, ResponsesRequest request, ChatModelTraits traits, JsonElement root, DroppedFields dropped)
    {
        if (request.MaxOutputTokens is { } max)
        {
            writer.WriteNumber(traits.LimitsCompletion ? "max_completion_tokens" : "max_tokens", max);
        }

        if (request.Stream)
        {
            writer.WriteBoolean("stream", true);
            writer.WriteStartObject("stream_options");
            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }

        foreach (var name in Numbers)
        {
            if (TryGiven(root, name, out var number))
            {
                if (number.ValueKind != JsonValueKind.Number)
                {
                    return RequestFields.Must(name, "a number");
                }

                writer.WritePropertyName(name);
                number.WriteTo(writer);
            }
        }

        foreach (var name in Texts)
        {
            if (TryGiven(root, name, out var text))
            {
                if (text.ValueKind != JsonValueKind.String)
                {
                    return RequestFields.Must(name, "a string");
                }

                writer.WriteString(name, text.GetString());
            }
        }

        if (TryGiven(root, "metadata", out var metadata) && metadata.ValueKind != JsonValueKind.Object)
        {
            return RequestFields.Must("metadata", "an object of strings");
        }

        return WriteReasoning(writer, root, dropped) ?? WriteText(writer, root, dropped) ?? WriteLogprobs(writer, root, dropped);
    }

    private static RequestDefect? WriteReasoning(Utf8JsonWriter writer, JsonElement root, DroppedFields dropped)
    {
        if (!TryGiven(root, "reasoning", out var reasoning))
        {
            return null;
        }

        if (reasoning.ValueKind != JsonValueKind.Object)
        {
            return RequestFields.Must("reasoning", "an object");
        }

        if (TryGiven(reasoning, "effort", out var effort))
        {
            if (effort.ValueKind != JsonValueKind.String)
            {
                return RequestFields.Must("reasoning.effort", "a string: none, minimal, low, medium, high or xhigh");
            }

            writer.WriteString("reasoning_effort", effort.GetString());
        }

        return Judge(reasoning, "reasoning.", "reasoning.", dropped);
    }

    private static RequestDefect? WriteText(Utf8JsonWriter writer, JsonElement root, DroppedFields dropped)
    {
        if (!TryGiven(root, "text", out var text))
        {
            return null;
        }

        if (TryGiven(text, "verbosity", out var verbosity))
        {
            if (verbosity.ValueKind != JsonValueKind.String)
            {
                return RequestFields.Must("text.verbosity", "low, medium or high");
            }

            writer.WriteString("verbosity", verbosity.GetString());
        }

        return (TryGiven(text, "format", out var format) ? WriteFormat(writer, format, dropped) : null) ?? Judge(text, "text.", "text.", dropped);
    }

    private static RequestDefect? WriteFormat(Utf8JsonWriter writer, JsonElement format, DroppedFields dropped)
    {
        var type = TextOf(format, "type");
        if (type is not ("text" or "json_object" or "json_schema"))
        {
            return RequestFields.Must("text.format.type", "text, json_object or json_schema");
        }

        if (type == "json_schema")
        {
            if (TextOf(format, "name") is not { Length: > 0 })
            {
                return RequestFields.Must("text.format.name", "a non-empty string");
            }

            if (!format.TryGetProperty("schema", out var schema) || schema.ValueKind != JsonValueKind.Object)
            {
                return RequestFields.Must("text.format.schema", "a JSON schema: an object");
            }

            writer.WriteStartObject("response_format");
            writer.WriteString("type", "json_schema");
            writer.WriteStartObject("json_schema");
            CopyGiven(writer, format, "name", "description", "schema", "strict");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        else if (type == "json_object")
        {
            writer.WriteStartObject("response_format");
            writer.WriteString("type", type);
            writer.WriteEndObject();
        }

        return Judge(format, "text.format.", "text.format.", dropped);
    }

    private static RequestDefect? WriteLogprobs(Utf8JsonWriter writer, JsonElement root, DroppedFields dropped)
    {
        var wanted = false;
        if (TryGiven(root, "include", out var include))
        {
            if (include.ValueKind != JsonValueKind.Array)
            {
                return RequestFields.Must("include", "an array of strings");
            }

            var index = 0;
            foreach (var value in include.EnumerateArray())
            {
                if (value.ValueKind != JsonValueKind.String)
                {
                    return RequestFields.Must($"include[{index}]", "a string");
                }

                wanted |= value.ValueEquals(Logprobs);
                if (!value.ValueEquals(Logprobs))
                {
                    // Results of hosted tools, which are refused, and reasoning sealed by one provider.
                    dropped.Add($"include[]={value.GetString()}");
                }

                index++;
            }
        }

        var top = 0;
        if (TryGiven(root, "top_logprobs", out var count)
            && (count.ValueKind != JsonValueKind.Number || !count.TryGetInt32(out top) || top is < 0 or > MaxTopLogprobs))
        {
            return RequestFields.Must("top_logprobs", $"a whole number from 0 to {MaxTopLogprobs}");
        }

        if (wanted || top > 0)
        {
            writer.WriteBoolean("logprobs", true);
            writer.WriteNumber("top_logprobs", top);
        }

        return null;
    }

    private static void CopyGiven(Utf8JsonWriter writer, JsonElement source, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (TryGiven(source, name, out var value))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
        }
    }
}
