using System.Collections.Frozen;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>What becomes of each field of a messages request.</summary>
public static partial class MessagesToChat
{
    /// <summary>The most stop sequences that a chat completion takes.</summary>
    internal const int MaxStopSequences = 4;

    internal enum Verdict
    {
        Carried = 0,

        /// <summary>It promises what a chat completion cannot do: 400 with its path.</summary>
        Refused = 1,

        /// <summary>Harmless without: left out, and listed. So is every field that this table does not know.</summary>
        Dropped = 2,
    }

    /// <param name="Path">JSON path; <c>[]</c> is any place, <c>[type=x]</c> a block of that type.</param>
    /// <param name="Note">Carried: as what. Refused: what the 400 says behind the path. Dropped: why that is harmless.</param>
    internal sealed record Field(string Path, Verdict Verdict, string Note);

    internal static IReadOnlyList<Field> Fields { get; } =
    [
        Carry("model", "the target's own name"),
        Carry("max_tokens", "`max_tokens`; `max_completion_tokens` for o-series and gpt-5 models"),
        Refuse("max_tokens=0", "may not be 0 for this upstream: it cannot read a prompt without answering."),
        Carry("stream", "`stream` with `stream_options.include_usage`"),
        Carry("system", "a `system` message; blocks are joined by a blank line"),
        Carry("messages", "messages; neighbours of one role become one"),
        Carry("messages[].role", "`user`, `assistant`; `system` as a system message in its place, which may not part a call from its result"),
        Carry("messages[].content", "text, or the blocks below"),
        Carry("messages[].content[type=text]", "the message's text; a `text` part where there are several"),
        Carry("messages[].content[type=image]", "an `image_url` part, base64 as a data URL; in a tool result `[image]`, and the image heads the user message behind it"),
        Carry("messages[].content[type=tool_use]", "`tool_calls`, the input as a JSON string"),
        Carry("messages[].content[type=tool_result]", "a `tool` message directly behind the calls"),
        Carry("messages[].content[].is_error", "`Error: ` before the result's text"),
        Drop("messages[].content[type=thinking]", "signed for Anthropic alone, of no use to others"),
        Drop("messages[].content[type=redacted_thinking]", "encrypted for Anthropic alone"),
        Drop("messages[].content[].citations", "marks on a text that itself is carried"),
        Drop("messages[].content[].caller", "who made a call; the call itself is carried"),
        Refuse("messages[].content[type=document]", "is a document: this upstream takes text and images."),
        Refuse("messages[].content[type=search_result]", "is a search result with citations, which this upstream does not have."),
        Refuse("messages[].content[type=tool_reference]", "needs Anthropic's tool search."),
        Refuse("messages[].content[type=container_upload]", "needs Anthropic's code execution."),
        Refuse("messages[].content[type=server_tool_use]", "is a call of a tool that Anthropic runs."),
        Refuse("messages[].content[type=web_search_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=web_fetch_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=code_execution_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=bash_code_execution_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=text_editor_code_execution_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=tool_search_tool_result]", "is a result of a tool that Anthropic runs."),
        Refuse("messages[].content[type=mcp_tool_use]", "is a call through Anthropic's MCP connector."),
        Refuse("messages[].content[type=mcp_tool_result]", "is a result of Anthropic's MCP connector."),
        Refuse("messages[].content[type=compaction]", "is Anthropic's own summary of a conversation."),
        Refuse("messages[].content[type=other]", "is a content block of a type that this upstream does not have."),
        Refuse("messages[].content[].source.file_id", "names a file stored at Anthropic: send it as base64 or by URL."),
        Refuse("messages[last].role=assistant", "is the start of an answer to be continued (a prefill), which this upstream cannot do: end with a user turn."),
        Carry("tools", "function tools"),
        Carry("tools[].name", "`function.name`"),
        Carry("tools[].description", "`function.description`"),
        Carry("tools[].input_schema", "`function.parameters`, untouched"),
        Carry("tools[].strict", "`function.strict`"),
        Refuse("tools[].type", "is a tool that Anthropic defines or runs: this upstream takes tools with a name and an input_schema."),
        Drop("tools[].input_examples", "a hint beside the schema"),
        Drop("tools[].eager_input_streaming", "how finely a call streams"),
        Drop("tools[].defer_loading", "the tool is simply there from the start"),
        Drop("tools[].allowed_callers", "only the model itself calls"),
        Carry("tool_choice", "`tool_choice`: auto, any -> required, tool -> that function, none"),
        Carry("tool_choice.disable_parallel_tool_use", "`parallel_tool_calls: false`"),
        Carry("stop_sequences", "`stop`; more than 4 are refused"),
        Carry("temperature", "`temperature`; dropped for models that refuse it (o-series, gpt-5)"),
        Carry("top_p", "`top_p`; dropped for models that refuse it (o-series, gpt-5)"),
        Drop("top_k", "a finer knob beside `top_p`"),
        Carry("metadata.user_id", "`user`"),
        Carry("thinking", "`reasoning_effort` by budget: below 4,096 low, below 16,384 medium, else high; adaptive and disabled leave it to the model; dropped for models that refuse it"),
        Refuse("thinking.type=other", "must be 'enabled', 'disabled' or 'adaptive' for this upstream."),
        Drop("thinking.display", "how thinking is shown"),
        Carry("output_format", "`response_format` json_schema, strict"),
        Carry("output_config.format", "`response_format` json_schema, strict"),
        Carry("output_config.effort", "`reasoning_effort`, xhigh and max as high; goes before the thinking budget; dropped for models that refuse it"),
        Refuse("output_config.effort=other", "must be 'low', 'medium', 'high', 'xhigh' or 'max' for this upstream."),
        Drop("output_config.task_budget", "a hint of how long to work"),
        Drop("cache_control", "wherever it stands: prices a prompt, does not change the answer"),
        Drop("service_tier", "which queue at Anthropic"),
        Drop("speed", "which queue at Anthropic"),
        Drop("context_management", "shortens old context; here it stays whole"),
        Drop("fallbacks", "other models of Anthropic's, for when the first refuses"),
        Drop("billing_policy", "how Anthropic bills"),
        Drop("workspace_id", "whose account at Anthropic is used"),
        Drop("user_profile_id", "a profile kept at Anthropic"),
        Drop("diagnostics", "asks for notes beside the answer"),
        Refuse("thread", "continues a conversation that Anthropic keeps: send its messages."),
        Refuse("compaction", "asks for Anthropic's own summary of a conversation."),
        Refuse("inference_geo", "promises where the request is processed, which this upstream cannot."),
        Refuse("container", "needs Anthropic's code execution."),
        Refuse("mcp_servers", "needs Anthropic's MCP connector."),
    ];

    private static FrozenDictionary<string, Field> FieldsByPath { get; } = Fields.ToFrozenDictionary(static field => field.Path);

    private static Field Carry(string path, string note) => new(path, Verdict.Carried, note);

    private static Field Drop(string path, string note) => new(path, Verdict.Dropped, note);

    private static Field Refuse(string path, string note) => new(path, Verdict.Refused, note);
}
