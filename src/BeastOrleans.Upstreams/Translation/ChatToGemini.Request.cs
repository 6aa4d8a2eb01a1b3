using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The request, but for its contents.</summary>
internal static partial class ChatToGemini
{
    private const int MaxCandidates = 8;

    private const int MaxStopSequences = 5;

    private static FieldRefusal? WriteRequest(Utf8JsonWriter writer, Scope scope)
    {
        var root = scope.Root;
        if ((Fields.Judge(root, "", "", scope.Dropped) ?? CheckPromises(scope)) is { } refusal)
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

        if (tools.Functions.Count > 0 && tools.OneAtATime)
        {
            return Fields.Cannot("parallel_tool_calls", "several calls at once cannot be forbidden there.");
        }

        writer.WriteStartObject();
        if ((WriteSystem(writer, scope, entries) ?? WriteContents(writer, scope, entries)) is { } wrongMessage)
        {
            return wrongMessage;
        }

        WriteTools(writer, tools);
        if (WriteConfig(writer, scope, tools) is { } wrongConfig)
        {
            return wrongConfig;
        }

        writer.WriteEndObject();
        return null;
    }

    private static FieldRefusal? CheckPromises(Scope scope)
    {
        if (GivenValue.OnlyText(scope.Root, Fields) is { } refusal)
        {
            return refusal;
        }

        return scope.Request.Choices > MaxCandidates ? Fields.Cannot("n", $"at most {MaxCandidates} answers are given there.") : null;
    }

    private static void WriteTools(Utf8JsonWriter writer, ChatTools tools)
    {
        if (tools.Functions.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("tools");
        writer.WriteStartObject();
        writer.WriteStartArray("functionDeclarations");
        foreach (var function in tools.Functions)
        {
            writer.WriteStartObject();
            writer.WriteString("name", function.Name);
            if (!string.IsNullOrEmpty(function.Description))
            {
                writer.WriteString("description", function.Description);
            }

            if (function.Parameters is not null)
            {
                function.WriteParameters(writer, "parametersJsonSchema");
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (tools.Choice == ChatToolChoice.Unset)
        {
            return;
        }

        writer.WriteStartObject("toolConfig");
        writer.WriteStartObject("functionCallingConfig");
        writer.WriteString("mode", tools.IsForced ? "ANY" : tools.Choice == ChatToolChoice.None ? "NONE" : "AUTO");
        if (tools.Named is not null)
        {
            writer.WriteStartArray("allowedFunctionNames");
            writer.WriteStringValue(tools.Named);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static FieldRefusal? WriteConfig(Utf8JsonWriter writer, Scope scope, ChatTools tools)
    {
        var root = scope.Root;
        writer.WriteStartObject("generationConfig");
        if (scope.Request.MaxOutputTokens is { } max)
        {
            writer.WriteNumber("maxOutputTokens", max);
        }

        if ((WriteNumber(writer, root, "temperature", "temperature") ?? WriteNumber(writer, root, "top_p", "topP")
            ?? WriteWhole(writer, root, "top_k", "topK") ?? WriteWhole(writer, root, "seed", "seed")
            ?? WriteNumber(writer, root, "presence_penalty", "presencePenalty")
            ?? WriteNumber(writer, root, "frequency_penalty", "frequencyPenalty")) is { } wrongNumber)
        {
            return wrongNumber;
        }

        if (scope.Request.Choices > 1)
        {
            writer.WriteNumber("candidateCount", scope.Request.Choices);
        }

        if ((WriteStop(writer, root) ?? WriteFormat(writer, scope, tools) ?? WriteThinking(writer, scope)) is { } refusal)
        {
            return refusal;
        }

        writer.WriteEndObject();
        return null;
    }

    private static FieldRefusal? WriteNumber(Utf8JsonWriter writer, JsonElement root, string from, string to)
    {
        var refusal = GivenValue.Number(root, from, out var number);
        if (number is { } given)
        {
            writer.WritePropertyName(to);
            given.WriteTo(writer);
        }

        return refusal;
    }

    private static FieldRefusal? WriteWhole(Utf8JsonWriter writer, JsonElement root, string from, string to)
    {
        var refusal = GivenValue.Whole(root, from, out var number);
        if (number is { } given)
        {
            writer.WriteNumber(to, given);
        }

        return refusal;
    }

    private static FieldRefusal? WriteStop(Utf8JsonWriter writer, JsonElement root)
    {
        if (StopSequences.Read(root, out var sequences) is { } refusal)
        {
            return refusal;
        }

        if (sequences.Count > MaxStopSequences || sequences.Contains(""))
        {
            return Fields.Cannot("stop", $"at most {MaxStopSequences} sequences, none of them empty, are taken there.");
        }

        if (sequences.Count > 0)
        {
            writer.WriteStartArray("stopSequences");
            sequences.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }

        return null;
    }

    private static FieldRefusal? WriteFormat(Utf8JsonWriter writer, Scope scope, ChatTools tools)
    {
        if (ResponseFormat.Read(scope.Root, out var format) is { } refusal)
        {
            return refusal;
        }

        if (!format.IsJsonObject && format.Schema is null)
        {
            return null;
        }

        if (tools.Functions.Count > 0 && !scope.Model.IsThird)
        {
            return Fields.Cannot("response_format", "this model takes no output format beside tools.");
        }

        writer.WriteString("responseMimeType", "application/json");
        if (format.Schema is { } schema)
        {
            writer.WritePropertyName("responseJsonSchema");
            schema.WriteTo(writer);
            Fields.Judge(format.JsonSchema, "response_format.json_schema.", "response_format.json_schema.", scope.Dropped);
        }

        return null;
    }

    private static FieldRefusal? WriteThinking(Utf8JsonWriter writer, Scope scope)
    {
        if (!scope.Root.TryGiven("reasoning_effort", out var given))
        {
            return null;
        }

        var effort = given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        if (!GeminiModel.EffortNames.Contains(effort))
        {
            return FieldRefusal.Malformed("reasoning_effort", $"must be one of {string.Join(", ", GeminiModel.EffortNames)}.");
        }

        if (scope.Model.Thinking == GeminiThinking.None)
        {
            if (effort != "none")
            {
                scope.Dropped.Add("reasoning_effort");
            }

            return null;
        }

        writer.WriteStartObject("thinkingConfig");
        if (scope.Model.Thinking == GeminiThinking.Level)
        {
            writer.WriteString("thinkingLevel", scope.Model.LevelOf(effort));
        }
        else
        {
            writer.WriteNumber("thinkingBudget", scope.Model.BudgetOf(effort, scope.Request.MaxOutputTokens));
        }

        if (effort != "none")
        {
            writer.WriteBoolean("includeThoughts", true);
        }

        writer.WriteEndObject();
        return null;
    }
}
