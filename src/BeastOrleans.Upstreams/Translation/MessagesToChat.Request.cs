using System.Buffers;
using System.Text.Json;
using BeastOrleans.Upstreams.Anthropic;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The request's top level. Nothing is decided here that <c>.Survey</c> has not let pass.</summary>
public static partial class MessagesToChat
{
    /// <summary>Budgets below this are little effort; Anthropic's least is 1,024.</summary>
    internal const int MediumThinkingBudget = 4096;

    /// <summary>Budgets from here on are much effort.</summary>
    internal const int HighThinkingBudget = 16_384;

    private static ReadOnlyMemory<byte> WriteRequest(MessagesRequest request, JsonElement root, string model, ChatModelTraits traits)
    {
        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("model", model);
            if (request.MaxOutputTokens is { } limit)
            {
                writer.WriteNumber(traits.LimitsCompletion ? "max_completion_tokens" : "max_tokens", limit);
            }

            if (request.Stream)
            {
                writer.WriteBoolean("stream", true);
                writer.WriteStartObject("stream_options");
                writer.WriteBoolean("include_usage", true);
                writer.WriteEndObject();
            }

            if (traits.TakesSampling)
            {
                WriteNumber(writer, root, "temperature");
                WriteNumber(writer, root, "top_p");
            }

            WriteStop(writer, root);
            if (!string.IsNullOrEmpty(request.User))
            {
                writer.WriteString("user", request.User);
            }

            if (traits.TakesEffort && EffortOf(root) is { } effort)
            {
                writer.WriteString("reasoning_effort", effort);
            }

            WriteTools(writer, root);
            WriteFormat(writer, root);
            writer.WriteStartArray("messages");
            WriteSystem(writer, root);
            WriteTurns(writer, root.GetProperty("messages"));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteNumber(Utf8JsonWriter writer, JsonElement root, string name)
    {
        if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    private static void WriteStop(Utf8JsonWriter writer, JsonElement root)
    {
        if (root.TryGetProperty("stop_sequences", out var stop) && stop.ValueKind == JsonValueKind.Array && stop.GetArrayLength() > 0)
        {
            writer.WritePropertyName("stop");
            stop.WriteTo(writer);
        }
    }

    private static string? EffortOf(JsonElement root)
    {
        if (root.TryGetProperty("output_config", out var config) && config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty("effort", out var effort) && effort.ValueKind == JsonValueKind.String)
        {
            return effort.GetString() is "xhigh" or "max" ? "high" : effort.GetString();
        }

        return root.TryGetProperty("thinking", out var thinking) && thinking.ValueKind == JsonValueKind.Object ? Effort(thinking) : null;
    }

    /// <summary>The effort of a thinking budget; null when the model is to decide.</summary>
    private static string? Effort(JsonElement thinking) =>
        !thinking.GetProperty("type").ValueEquals("enabled"u8) ? null : thinking.GetProperty("budget_tokens").GetInt32() switch
        {
            < MediumThinkingBudget => "low",
            < HighThinkingBudget => "medium",
            _ => "high",
        };

    private static JsonElement? FormatOf(JsonElement root, string path)
    {
        var found = root;
        foreach (var name in path.Split('.'))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
            {
                return null;
            }
        }

        return found.ValueKind == JsonValueKind.Object ? found : null;
    }

    /// <summary>Anthropic's schemas bind, so <c>strict</c> is asked for: an upstream that cannot keep one says so.</summary>
    private static void WriteFormat(Utf8JsonWriter writer, JsonElement root)
    {
        if ((FormatOf(root, "output_config.format") ?? FormatOf(root, "output_format")) is not { } format)
        {
            return;
        }

        writer.WriteStartObject("response_format");
        writer.WriteString("type", "json_schema");
        writer.WriteStartObject("json_schema");
        writer.WriteString("name", "output");
        writer.WritePropertyName("schema");
        format.GetProperty("schema").WriteTo(writer);
        writer.WriteBoolean("strict", true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
