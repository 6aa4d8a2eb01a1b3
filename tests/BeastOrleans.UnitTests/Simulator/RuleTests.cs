using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

/// <summary>The answers that follow from what a request asks for beside text.</summary>
public sealed class RuleTests
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"},"days":{"$ref":"#/$defs/d"},"more":{"type":"string"}},"required":["city","days"],"$defs":{"d":{"type":"array","minItems":2,"items":{"enum":["mo","tu"]}}}}""";
    private const string Made = """{"city":"simulated","days":["mo","mo"]}""";
    private const string ChatTools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\",\"parameters\":" + Schema + "}},{\"type\":\"function\",\"function\":{\"name\":\"b\"}}]";
    private const string MessagesTools = ",\"tools\":[{\"name\":\"a\",\"input_schema\":" + Schema + "},{\"name\":\"b\",\"input_schema\":{\"type\":\"object\"}}]";

    [Fact]
    public async Task Tools_AfterAUsersMessage_AreCalledInBothDialects()
    {
        await using var sim = await StartAsync();
        var (_, chat) = await sim.PostAsync("/v1/chat/completions", Body(extra: ChatTools));
        var (_, message) = await sim.PostAsync("/v1/messages", Body(extra: MessagesTools));

        var choice = Json(chat).GetProperty("choices")[0];
        var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal(Made, call.GetProperty("function").GetProperty("arguments").GetString());
        var block = Assert.Single(Json(message).GetProperty("content").EnumerateArray());
        Assert.Equal("tool_use", Json(message).GetProperty("stop_reason").GetString());
        Assert.Equal(Made, block.GetProperty("input").GetRawText());
    }

    [Fact]
    public async Task Tools_AskedInParallel_StreamOneBehindTheOther()
    {
        await using var sim = await StartAsync();
        var (_, chat) = await sim.PostAsync("/v1/chat/completions", Body(stream: true, extra: ChatTools).Replace("one two", "parallel", StringComparison.Ordinal));
        var (_, message) = await sim.PostAsync("/v1/messages", Body(stream: true, extra: MessagesTools).Replace("one two", "parallel", StringComparison.Ordinal));

        var deltas = Data(chat)[..^1].Select(static data => Json(data).GetProperty("choices")[0].GetProperty("delta"))
            .Where(static delta => delta.TryGetProperty("tool_calls", out _)).Select(static delta => delta.GetProperty("tool_calls")[0]).ToArray();
        Assert.Equal([0, 0, 0, 1, 1, 1], deltas.Select(static delta => delta.GetProperty("index").GetInt32()));
        Assert.Equal(Made + "{}", string.Concat(deltas.Select(static delta => delta.GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Equal(
            ["message_start", "ping", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
             "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            EventNames(message));
    }

    [Theory]
    [InlineData("/v1/chat/completions", ChatTools + ",\"tool_choice\":\"none\"", "Simulated answer")]
    [InlineData("/v1/chat/completions", ChatTools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"b\"}}", "\"name\":\"b\"")]
    [InlineData("/v1/messages", MessagesTools + ",\"tool_choice\":{\"type\":\"tool\",\"name\":\"b\"}", "\"name\":\"b\"")]
    [InlineData("/v1/messages", MessagesTools + ",\"tool_choice\":{\"type\":\"none\"}", "Simulated answer")]
    [InlineData("/v1/messages", ",\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":" + Schema + "}}", "{\\u0022city\\u0022:\\u0022simulated\\u0022")]
    [InlineData("/v1/chat/completions", ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":" + Schema + "}}", "{\\u0022city\\u0022:\\u0022simulated\\u0022")]
    [InlineData("/v1/messages", ",\"thinking\":{\"type\":\"adaptive\"}", "\"thinking\":\" thinking thinking thinking\"")]
    [InlineData("/v1/chat/completions", ",\"reasoning_effort\":\"low\"", "\"reasoning_content\":\" thinking thinking thinking\"")]
    public async Task Choice_SchemaAndThought_AreHeard(string path, string extra, string expected)
    {
        await using var sim = await StartAsync();
        Assert.Contains(expected, (await sim.PostAsync(path, Body(extra: extra))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AToolsResult_IsAnsweredByItsText()
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var (_, text) = await sim.PostAsync("/v1/chat/completions",
            """{"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"a","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"sunny today"}],"tools":[{"type":"function","function":{"name":"a"}}]}""");
        Assert.Contains("The tool said: sunny today", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_AreTheSameAsNumbersAndAsBase64()
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var (_, numbers) = await sim.PostAsync("/v1/embeddings", """{"model":"m","input":["a b","c"],"dimensions":4}""");
        var (_, packed) = await sim.PostAsync("/v1/embeddings", """{"model":"m","input":["a b","c"],"dimensions":4,"encoding_format":"base64"}""");

        Assert.Equal(3, Json(numbers).GetProperty("usage").GetProperty("total_tokens").GetInt32());
        for (var index = 0; index < 2; index++)
        {
            var vector = Json(numbers).GetProperty("data")[index].GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle()).ToArray();
            var bytes = Convert.FromBase64String(Json(packed).GetProperty("data")[index].GetProperty("embedding").GetString()!);
            Assert.Equal(4, vector.Length);
            Assert.Equal(vector, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
            Assert.Equal(1, vector.Sum(static value => value * value), 3);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LegacyCompletions_Answer(bool streaming)
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.PostAsync("/v1/completions", $$"""{"model":"m1","prompt":"a b","max_tokens":3,"stream":{{(streaming ? "true" : "false")}}}""");
        var whole = streaming ? string.Concat(Data(text)[..^1].Select(static data => Json(data).GetProperty("choices")[0].GetProperty("text").GetString())) : Json(text).GetProperty("choices")[0].GetProperty("text").GetString();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Simulated answer from", whole);
    }
}
