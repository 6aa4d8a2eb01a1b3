using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The request, but for its turns and tools.</summary>
internal static partial class ChatToMessages
{
    private static FieldRefusal? WriteRequest(Utf8JsonWriter writer, Scope scope, string model)
    {
        var root = scope.Root;
        if ((Fields.Judge(root, "", "", scope.Dropped) ?? GivenValue.OnlyText(root, Fields)) is { } refusal)
        {
            return refusal;
        }

        if (ChatHistory.Read(root.GetProperty("messages"), out var entries) is { } wrongHistory)
        {
            return wrongHistory;
        }

        if (ChatTools.Read(root, Fields, scope.Dropped, out var tools) is { } wrongTools)
        {
            return wrongTools;
        }

        if (ReadEffort(scope, entries, tools, out var thinking) is { } wrongEffort)
        {
            return wrongEffort;
        }

        writer.WriteStartObject();
        writer.WriteString("model", model);
        writer.WriteNumber("max_tokens", MaxTokens(scope, thinking));
        if (scope.Request.Stream)
        {
            writer.WriteBoolean("stream", true);
        }

        if ((WriteSampling(writer, scope, thinking) ?? WriteStop(writer, root) ?? WriteUser(writer, scope)
            ?? WriteOutput(writer, scope, thinking)) is { } wrongOption)
        {
            return wrongOption;
        }

        WriteTools(writer, scope, entries, tools);
        if ((WriteSystem(writer, scope, entries) ?? WriteTurns(writer, scope, entries)) is { } wrongMessage)
        {
            return wrongMessage;
        }

        writer.WriteEndObject();
        return null;
    }

    private static FieldRefusal? ReadEffort(Scope scope, List<ChatEntry> entries, ChatTools tools, out ThinkingPlan thinking)
    {
        thinking = default;
        if (!scope.Root.TryGiven("reasoning_effort", out var given))
        {
            return null;
        }

        var effort = given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        if (!ThinkingPlan.EffortNames.Contains(effort))
        {
            return FieldRefusal.Malformed("reasoning_effort", $"must be one of {string.Join(", ", ThinkingPlan.EffortNames)}.");
        }

        var last = entries.FindLast(static entry => entry.Kind != ChatEntryKind.System)?.Kind;
        thinking = ThinkingPlan.Of(
            effort, scope.Model, scope.Request.MaxOutputTokens, tools.IsForced, last is ChatEntryKind.Results or ChatEntryKind.Assistant);
        if (thinking.Dropped)
        {
            scope.Dropped.Add("reasoning_effort");
        }

        return null;
    }

    private static int MaxTokens(Scope scope, in ThinkingPlan thinking) =>
        scope.Request.MaxOutputTokens ?? (thinking.Adaptive ? ThinkingPlan.AdaptiveMaxTokens : DefaultMaxTokens + thinking.BudgetTokens);

    /// <summary>OpenAI's temperature reaches 2, Anthropic's 1. Claude models refuse temperature and top_p together: temperature wins.</summary>
    private static FieldRefusal? WriteSampling(Utf8JsonWriter writer, Scope scope, in ThinkingPlan thinking)
    {
        if (thinking.BudgetTokens > 0)
        {
            writer.WriteStartObject("thinking");
            writer.WriteString("type", "enabled");
            writer.WriteNumber("budget_tokens", thinking.BudgetTokens);
            writer.WriteEndObject();
        }
        else if (thinking.Adaptive)
        {
            writer.WriteStartObject("thinking");
            writer.WriteString("type", "adaptive");
            writer.WriteEndObject();
        }

        var free = scope.Model.Sampling && !thinking.Thinks;
        var refusal = GivenValue.Number(scope.Root, "temperature", out var temperature);
        refusal = GivenValue.Number(scope.Root, "top_p", out var topP) ?? refusal;
        refusal = GivenValue.Whole(scope.Root, "top_k", out var topK) ?? refusal;
        if (refusal is not null)
        {
            return refusal;
        }

        WriteShare(writer, scope, "temperature", temperature, free);
        WriteShare(writer, scope, "top_p", topP, free && temperature is null);
        if (topK is not null && free)
        {
            writer.WriteNumber("top_k", topK.Value);
        }
        else if (topK is not null)
        {
            scope.Dropped.Add("top_k");
        }

        return null;
    }

    /// <summary>A value of 1 is what the model does anyway.</summary>
    private static void WriteShare(Utf8JsonWriter writer, Scope scope, string name, JsonElement? given, bool free)
    {
        if (given?.GetDouble() is not { } value)
        {
            return;
        }

        if (free)
        {
            writer.WriteNumber(name, Math.Clamp(value, 0, 1));
        }
        else if (value != 1)
        {
            scope.Dropped.Add(name);
        }
    }

    /// <summary>Anthropic refuses stop sequences of nothing but white space, OpenAI takes them.</summary>
    private static FieldRefusal? WriteStop(Utf8JsonWriter writer, JsonElement root)
    {
        if (StopSequences.Read(root, out var sequences) is { } refusal)
        {
            return refusal;
        }

        if (sequences.Count == 0)
        {
            return null;
        }

        writer.WriteStartArray("stop_sequences");
        foreach (var sequence in sequences)
        {
            if (string.IsNullOrWhiteSpace(sequence))
            {
                return Fields.Cannot("stop", "sequences of white space alone are not taken there.");
            }

            writer.WriteStringValue(sequence);
        }

        writer.WriteEndArray();
        return null;
    }

    private static FieldRefusal? WriteUser(Utf8JsonWriter writer, Scope scope)
    {
        if (GivenValue.Text(scope.Root, "safety_identifier", "safety_identifier", out var identifier) is { } refusal)
        {
            return refusal;
        }

        var user = string.IsNullOrEmpty(scope.Request.User) ? identifier : scope.Request.User;
        if (!string.IsNullOrEmpty(user))
        {
            writer.WriteStartObject("metadata");
            writer.WriteString("user_id", user);
            writer.WriteEndObject();
        }

        return null;
    }

    /// <summary>Effort and schema stand in one object. Since the schema is generally available there, it needs no beta header.</summary>
    private static FieldRefusal? WriteOutput(Utf8JsonWriter writer, Scope scope, in ThinkingPlan thinking)
    {
        if (ResponseFormat.Read(scope.Root, out var format) is { } refusal)
        {
            return refusal;
        }

        if (format.IsJsonObject)
        {
            return Fields.Cannot("response_format.type", "a json_object without a schema is no promise that it makes. Use json_schema, or ask for JSON in a message.");
        }

        if (format.Schema is not null && !scope.Model.Schemas)
        {
            return Fields.Cannot("response_format", "this model takes no schema for its output.");
        }

        if (format.Schema is null && thinking.Effort is null)
        {
            return null;
        }

        writer.WriteStartObject("output_config");
        if (thinking.Effort is not null)
        {
            writer.WriteString("effort", thinking.Effort);
        }

        if (format.Schema is { } schema)
        {
            writer.WriteStartObject("format");
            writer.WriteString("type", "json_schema");
            writer.WritePropertyName("schema");
            schema.WriteTo(writer);
            writer.WriteEndObject();
            Fields.Judge(format.JsonSchema, "response_format.json_schema.", "response_format.json_schema.", scope.Dropped);
        }

        writer.WriteEndObject();
        return null;
    }
}
