using System.Collections.Frozen;
using System.Text.Json;
using static BeastOrleans.Upstreams.Translation.ResponsesFieldVerdict;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The table of fields, and the walk over an object by it.</summary>
public static partial class ResponsesToChat
{
    private const string Stateless = "needs stored responses, and nothing is stored here: send the whole conversation in 'input'.";

    /// <summary>Every field known. What is not in it is dropped and listed.</summary>
    public static IReadOnlyList<ResponsesFieldRule> Fields { get; } =
    [
        new("model", Carried, "model"),
        new("input", Carried, "messages"),
        new("instructions", Carried, "a system message before all others"),
        new("max_output_tokens", Carried, "`max_tokens`; `max_completion_tokens` for o-series and gpt-5 models"),
        new("temperature", Carried, "temperature"),
        new("top_p", Carried, "top_p"),
        new("top_logprobs", Carried, "logprobs and top_logprobs"),
        new("tools", Carried, "tools; of type function only"),
        new("tool_choice", Carried, "tool_choice; allowed_tools becomes the shorter list of tools with the mode"),
        new("parallel_tool_calls", Carried, "parallel_tool_calls"),
        new("text", Carried, "response_format and verbosity"),
        new("reasoning", Carried, "reasoning_effort"),
        new("include", Carried, "message.output_text.logprobs asks for logprobs; other values are dropped"),
        new("user", Carried, "user"),
        new("safety_identifier", Carried, "safety_identifier"),
        new("service_tier", Carried, "service_tier"),
        new("prompt_cache_key", Carried, "prompt_cache_key"),
        new("prompt_cache_retention", Carried, "prompt_cache_retention"),
        new("stream", Carried, "stream, with stream_options.include_usage"),
        new("metadata", Answered, "echoed: it belongs to a stored response, and chat refuses it where nothing is stored"),
        new("background", Refused, Stateless),
        new("conversation", Refused, Stateless),
        new("previous_response_id", Refused, Stateless),
        new("prompt", Refused, "is a template kept by one provider: send its text in 'instructions' and 'input'."),
        new("context_management", Refused, "is not available: shorten 'input' instead."),
        new("store", Dropped, "answered with store:false"),
        new("truncation", Dropped, "auto: an input too long for the model is an error", "disabled"),
        new("max_tool_calls", Dropped, "counts calls of hosted tools only"),
        new("stream_options", Dropped, "obfuscation is not added"),
        new("text.format", Carried, "response_format"),
        new("text.verbosity", Carried, "verbosity"),
        new("text.format.type", Carried, "text, json_object or json_schema"),
        new("text.format.name", Carried, "response_format.json_schema.name"),
        new("text.format.description", Carried, "response_format.json_schema.description"),
        new("text.format.schema", Carried, "response_format.json_schema.schema, untouched"),
        new("text.format.strict", Carried, "response_format.json_schema.strict"),
        new("reasoning.effort", Carried, "reasoning_effort"),
        new("reasoning.summary", Dropped, "reasoning that an upstream shows comes as the summary"),
        new("reasoning.generate_summary", Dropped, "as reasoning.summary"),
        new("tools[].type", Carried, "function"),
        new("tools[].name", Carried, "tools[].function.name"),
        new("tools[].description", Carried, "tools[].function.description"),
        new("tools[].parameters", Carried, "tools[].function.parameters, untouched"),
        new("tools[].strict", Carried, "tools[].function.strict"),
        new("input[].type", Carried, "message, function_call, function_call_output; reasoning is dropped"),
        new("input[].role", Carried, "user, assistant, system; developer becomes system, which every upstream knows"),
        new("input[].content", Carried, "content"),
        new("input[].call_id", Carried, "tool_calls[].id, tool_call_id"),
        new("input[].name", Carried, "tool_calls[].function.name"),
        new("input[].arguments", Carried, "tool_calls[].function.arguments; empty becomes {}"),
        new("input[].output", Carried, "the tool message's content: text"),
        new("input[].id", Dropped, "chat has no ids of items"),
        new("input[].status", Dropped, "chat has no states of items"),
        new("input[].phase", Dropped, "chat has no phases"),
        new("part.type", Carried, "input_text, output_text, refusal, input_image, input_file"),
        new("part.text", Carried, "text"),
        new("part.refusal", Carried, "refusal"),
        new("part.image_url", Carried, "image_url.url: a URL or data"),
        new("part.detail", Carried, "image_url.detail"),
        new("part.file_data", Carried, "file.file_data"),
        new("part.filename", Carried, "file.filename"),
        new("part.file_id", Refused, "names a file kept by one provider: send its content."),
        new("part.file_url", Refused, "cannot be said in chat completions: send 'file_data'."),
        new("part.annotations", Dropped, "chat has none in a request"),
        new("part.logprobs", Dropped, "chat has none in a request"),
    ];

    private static readonly FrozenDictionary<string, ResponsesFieldRule> Rules =
        Fields.ToFrozenDictionary(static rule => rule.Field, StringComparer.Ordinal);

    /// <summary>Refuses or drops what the table says among an object's members; what it does not know is dropped.</summary>
    /// <param name="path">Where the object stands, with a point behind; empty for the root.</param>
    /// <param name="pattern">The same as in the table.</param>
    private static RequestDefect? Judge(JsonElement element, string path, string pattern, DroppedFields dropped)
    {
        foreach (var member in element.EnumerateObject())
        {
            var rule = Rules.GetValueOrDefault(pattern + member.Name);
            if (rule is { Verdict: Carried or Answered } || AsksNothing(member.Value)
                || (rule?.Idle is { } idle && member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals(idle)))
            {
                continue;
            }

            if (rule is { Verdict: Refused })
            {
                return new RequestDefect($"'{path}{member.Name}' {rule.Note}", path + member.Name);
            }

            dropped.Add(pattern + member.Name);
        }

        return null;
    }

    private static bool AsksNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
