using System.Text.Json.Nodes;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Every row of the table, shown by a request.</summary>
public sealed class MessagesToChatFieldTests
{
    private const string Call = """{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"t","input":{}}]},""";
    private const string Tool = """{"name":"t","input_schema":{"type":"object"}""";

    /// <summary>Field, body, and the chat's part that must come of it; for the refused the path.</summary>
    private static readonly (string Field, string Body, string Expected)[] Examples =
    [
        ("model", MessagesFixture.Body(), """{"model":"up"}"""),
        ("max_tokens", MessagesFixture.Body(), """{"max_tokens":10}"""),
        ("max_tokens=0", MessagesFixture.Body().Replace("\"max_tokens\":10", "\"max_tokens\":0", StringComparison.Ordinal), "max_tokens"),
        ("stream", MessagesFixture.Body("\"stream\":true"), """{"stream":true,"stream_options":{"include_usage":true}}"""),
        ("system", MessagesFixture.Body("""
            "system":[{"type":"text","text":"a"},{"type":"text","text":"b"}]
            """), """{"messages":[{"role":"system","content":"a\n\nb"},{"role":"user","content":"hi"}]}"""),
        ("messages", Turns("""{"role":"user","content":"a"},{"role":"user","content":"b"}"""),
            """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"""),
        ("messages[].role", Turns("""{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}"""),
            """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"""),
        ("messages[].role", Turns("""{"role":"user","content":"a"},{"role":"system","content":"b"},{"role":"system","content":[{"type":"text","text":"c"}]},{"role":"user","content":"d"}"""),
            """{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b\n\nc"},{"role":"user","content":"d"}]}"""),
        ("messages[].content", Turns("""{"role":"user","content":"a"}"""), """{"messages":[{"role":"user","content":"a"}]}"""),
        ("messages[].content[type=text]", Blocks("""{"type":"text","text":"ü\n"}"""), """{"messages":[{"role":"user","content":"ü\n"}]}"""),
        ("messages[].content[type=image]", Blocks("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},{"type":"image","source":{"type":"url","url":"https://x/y.png"}}"""),
            """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]}"""),
        ("messages[].content[type=tool_use]", Turns(Call + """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"}]}"""),
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":""}]}"""),
        ("messages[].content[type=tool_result]", Turns(Call + """{"role":"user","content":[{"type":"text","text":"so"},{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"r"},{"type":"image","source":{"type":"url","url":"https://x"}}]}]}"""),
            """
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"t","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"r\n\n[image]"},
             {"role":"user","content":[{"type":"text","text":"Images of tool result c1:"},{"type":"image_url","image_url":{"url":"https://x"}},{"type":"text","text":"so"}]}]}
            """),
        ("messages[].content[].is_error", Turns(Call + """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"no file","is_error":true}]}"""),
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"Error: no file"}]}"""),
        ("messages[].content[type=thinking]", Said("""{"type":"thinking","thinking":"hm","signature":"s"}"""), ""),
        ("messages[].content[type=redacted_thinking]", Said("""{"type":"redacted_thinking","data":"x"}"""), ""),
        ("messages[].content[].citations", Said("""{"type":"text","text":"x","citations":[{}]}"""), ""),
        ("messages[].content[].caller", Turns(Call.Replace("\"input\":{}", "\"input\":{},\"caller\":{\"type\":\"direct\"}", StringComparison.Ordinal)
            + """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"}]}"""), ""),
        ("messages[].content[type=document]", Blocks("""{"type":"document","source":{}}"""), "messages[0].content[0]"),
        ("messages[].content[type=search_result]", Blocks("""{"type":"search_result","source":"s","title":"t","content":[]}"""), "messages[0].content[0]"),
        ("messages[].content[type=tool_reference]", Turns(Call + """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"tool_reference","tool_name":"x"}]}]}"""), "messages[2].content[0].content[0]"),
        ("messages[].content[type=container_upload]", Blocks("""{"type":"container_upload","file_id":"f"}"""), "messages[0].content[0]"),
        ("messages[].content[type=server_tool_use]", Said("""{"type":"server_tool_use","id":"a","name":"web_search","input":{}}"""), "messages[1].content[0]"),
        ("messages[].content[type=web_search_tool_result]", Result("web_search_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=web_fetch_tool_result]", Result("web_fetch_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=code_execution_tool_result]", Result("code_execution_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=bash_code_execution_tool_result]", Result("bash_code_execution_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=text_editor_code_execution_tool_result]", Result("text_editor_code_execution_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=tool_search_tool_result]", Result("tool_search_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=mcp_tool_use]", Said("""{"type":"mcp_tool_use","id":"a","name":"b","input":{}}"""), "messages[1].content[0]"),
        ("messages[].content[type=mcp_tool_result]", Result("mcp_tool_result"), "messages[1].content[0]"),
        ("messages[].content[type=compaction]", Said("""{"type":"compaction","content":"x"}"""), "messages[1].content[0]"),
        ("messages[].content[type=other]", Said("""{"type":"newer","text":"x"}"""), "messages[1].content[0]"),
        ("messages[].content[type=other]", Turns("""{"role":"user","content":"a"},{"role":"system","content":[{"type":"tool_addition"}]}"""), "messages[1].content[0]"),
        ("messages[].content[type=other]", MessagesFixture.Body("\"system\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"newer\"}]"), "system[1]"),
        ("messages[].content[].source.file_id", Blocks("""{"type":"image","source":{"type":"file","file_id":"f"}}"""), "messages[0].content[0].source.file_id"),
        ("messages[last].role=assistant", Turns("""{"role":"user","content":"a"},{"role":"assistant","content":"{"}"""), "messages[1]"),
        ("tools", Tools(Tool + "}"), """{"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"}}}]}"""),
        ("tools[].name", Tools(Tool + ",\"type\":\"custom\"}"), """{"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"}}}]}"""),
        ("tools[].description", Tools(Tool + ",\"description\":\"d\"}"), """{"tools":[{"type":"function","function":{"name":"t","description":"d","parameters":{"type":"object"}}}]}"""),
        ("tools[].input_schema", Tools("""{"name":"t","input_schema":{"type":"object","properties":{"a":{"type":"number","minimum":1.50}},"additionalProperties":false}}"""),
            """{"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object","properties":{"a":{"type":"number","minimum":1.50}},"additionalProperties":false}}}]}"""),
        ("tools[].strict", Tools(Tool + ",\"strict\":true}"), """{"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"},"strict":true}}]}"""),
        ("tools[].type", Tools("""{"type":"web_search_20250305","name":"web_search"}"""), "tools[0].type"),
        ("tools[].input_examples", Tools(Tool + ",\"input_examples\":[{}]}"), ""),
        ("tools[].eager_input_streaming", Tools(Tool + ",\"eager_input_streaming\":true}"), ""),
        ("tools[].defer_loading", Tools(Tool + ",\"defer_loading\":true}"), ""),
        ("tools[].allowed_callers", Tools(Tool + ",\"allowed_callers\":[\"direct\"]}"), ""),
        ("tool_choice", Tools(Tool + "}", """{"type":"any"}"""), """{"tool_choice":"required"}"""),
        ("tool_choice", Tools(Tool + "}", """{"type":"auto"}"""), """{"tool_choice":"auto"}"""),
        ("tool_choice", Tools(Tool + "}", """{"type":"none"}"""), """{"tool_choice":"none"}"""),
        ("tool_choice", Tools(Tool + "}", """{"type":"tool","name":"t"}"""), """{"tool_choice":{"type":"function","function":{"name":"t"}}}"""),
        ("tool_choice.disable_parallel_tool_use", Tools(Tool + "}", """{"type":"auto","disable_parallel_tool_use":true}"""), """{"tool_choice":"auto","parallel_tool_calls":false}"""),
        ("stop_sequences", MessagesFixture.Body("\"stop_sequences\":[\"a\",\"b\"]"), """{"stop":["a","b"]}"""),
        ("temperature", MessagesFixture.Body("\"temperature\":0.70"), """{"temperature":0.70}"""),
        ("top_p", MessagesFixture.Body("\"top_p\":0.9"), """{"top_p":0.9}"""),
        ("top_k", MessagesFixture.Body("\"top_k\":5"), ""),
        ("metadata.user_id", MessagesFixture.Body("\"metadata\":{\"user_id\":\"u\"}"), """{"user":"u"}"""),
        ("thinking", Thinking(1024), """{"reasoning_effort":"low"}"""),
        ("thinking", Thinking(4095), """{"reasoning_effort":"low"}"""),
        ("thinking", Thinking(4096), """{"reasoning_effort":"medium"}"""),
        ("thinking", Thinking(16_383), """{"reasoning_effort":"medium"}"""),
        ("thinking", Thinking(16_384), """{"reasoning_effort":"high"}"""),
        ("thinking", MessagesFixture.Body("\"thinking\":{\"type\":\"adaptive\"}"), """{"reasoning_effort":null}"""),
        ("thinking", MessagesFixture.Body("\"thinking\":{\"type\":\"disabled\"}"), """{"reasoning_effort":null}"""),
        ("thinking.type=other", MessagesFixture.Body("\"thinking\":{\"type\":\"between_tools\"}"), "thinking.type"),
        ("thinking.display", MessagesFixture.Body("\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"}"), ""),
        ("output_format", MessagesFixture.Body("\"output_format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}"),
            """{"response_format":{"type":"json_schema","json_schema":{"name":"output","schema":{"type":"object"},"strict":true}}}"""),
        ("output_config.format", MessagesFixture.Body("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}"),
            """{"response_format":{"type":"json_schema","json_schema":{"name":"output","schema":{"type":"object"},"strict":true}}}"""),
        ("output_config.effort", MessagesFixture.Body("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024},\"output_config\":{\"effort\":\"max\"}"), """{"reasoning_effort":"high"}"""),
        ("output_config.effort=other", MessagesFixture.Body("\"output_config\":{\"effort\":\"huge\"}"), "output_config.effort"),
        ("output_config.task_budget", MessagesFixture.Body("\"output_config\":{\"task_budget\":{}}"), ""),
        ("cache_control", MessagesFixture.Body("\"cache_control\":{\"type\":\"ephemeral\"}"), ""),
        ("cache_control", Blocks("""{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}"""), ""),
        ("cache_control", MessagesFixture.Body("\"system\":[{\"type\":\"text\",\"text\":\"x\",\"cache_control\":{\"type\":\"ephemeral\"}}]"), ""),
        ("cache_control", Tools(Tool + ",\"cache_control\":{\"type\":\"ephemeral\"}}"), ""),
        ("service_tier", MessagesFixture.Body("\"service_tier\":\"auto\""), ""),
        ("speed", MessagesFixture.Body("\"speed\":\"fast\""), ""),
        ("context_management", MessagesFixture.Body("\"context_management\":{\"edits\":[]}"), ""),
        ("fallbacks", MessagesFixture.Body("\"fallbacks\":[{\"model\":\"x\"}]"), ""),
        ("billing_policy", MessagesFixture.Body("\"billing_policy\":{\"type\":\"x\"}"), ""),
        ("workspace_id", MessagesFixture.Body("\"workspace_id\":\"w\""), ""),
        ("user_profile_id", MessagesFixture.Body("\"user_profile_id\":\"p\""), ""),
        ("diagnostics", MessagesFixture.Body("\"diagnostics\":{\"type\":\"x\"}"), ""),
        ("thread", MessagesFixture.Body("\"thread\":{\"id\":\"t\"}"), "thread"),
        ("compaction", MessagesFixture.Body("\"compaction\":{\"type\":\"x\"}"), "compaction"),
        ("inference_geo", MessagesFixture.Body("\"inference_geo\":\"us\""), "inference_geo"),
        ("container", MessagesFixture.Body("\"container\":\"c\""), "container"),
        ("mcp_servers", MessagesFixture.Body("\"mcp_servers\":[{}]"), "mcp_servers"),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Examples.Length)];

    [Fact]
    public void Examples_CoverTheTable() =>
        Assert.Equal(MessagesToChat.Fields.Select(static field => field.Path).Order(), Examples.Select(static example => example.Field).Distinct().Order());

    [Theory]
    [MemberData(nameof(Rows))]
    public void Field_BecomesWhatTheTableSays(int row)
    {
        var (name, body, expected) = Examples[row];
        var field = MessagesToChat.Fields.Single(field => field.Path == name);
        if (field.Verdict == MessagesToChat.Verdict.Refused)
        {
            var defect = MessagesFixture.Refusal(body);
            Assert.Equal(expected, defect.Param);
            Assert.Equal($"'{expected}' {field.Note}", defect.Message);
            return;
        }

        var (chat, dropped) = MessagesFixture.Translate(body);
        if (field.Verdict == MessagesToChat.Verdict.Dropped)
        {
            Assert.Equal([name], dropped);
            Assert.DoesNotContain(name[(name.LastIndexOf('.') + 1)..], chat.ToJsonString(), StringComparison.Ordinal);
            return;
        }

        Assert.Empty(dropped);
        foreach (var (member, value) in JsonNode.Parse(expected)!.AsObject())
        {
            Assert.Equal(value?.ToJsonString(), chat[member]?.ToJsonString());
        }
    }

    private static string Turns(string turns) => MessagesFixture.Body(messages: $"[{turns}]");

    private static string Blocks(string blocks) => Turns($$"""{"role":"user","content":[{{blocks}}]}""");

    private static string Said(string block) => Turns($$"""{"role":"user","content":"a"},{"role":"assistant","content":[{{block}}]},{"role":"user","content":"b"}""");

    private static string Result(string type) => Said($$"""{"type":"{{type}}","tool_use_id":"a","content":[]}""");

    private static string Tools(string tool, string choice = "null") => MessagesFixture.Body($"\"tools\":[{tool}],\"tool_choice\":{choice}");

    private static string Thinking(int budget) => MessagesFixture.Body($$"""
        "thinking":{"type":"enabled","budget_tokens":{{budget}}}
        """);
}
