using System.Text;
using System.Text.Json.Nodes;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

public sealed class MessagesToChatPropertyTests
{
    private static readonly Gen<string> Text = Gen.OneOf(Gen.String[Gen.Char["ab \"\\\n{}[]:,üé€"], 1, 8], Gen.Const("😀"), Gen.Const("x"));

    private static readonly Gen<JsonNode> Junk = OneOf("null", "1", "\"x\"", "[]", "{}", "true", "[{\"type\":\"text\"}]", "{\"type\":\"enabled\"}")
        .Select(static json => JsonNode.Parse(json)!);

    private static readonly Gen<JsonNode> Block = Gen.OneOf(
        Text.Select(static text => (JsonNode)new JsonObject { ["type"] = "text", ["text"] = text }),
        Gen.Int[1, 3].Select(static id => (JsonNode)new JsonObject { ["type"] = "tool_use", ["id"] = $"c{id}", ["name"] = "t", ["input"] = new JsonObject { ["a"] = id } }),
        Gen.Select(Gen.Int[1, 3], Text, Gen.Bool).Select(static (id, text, error) =>
            (JsonNode)new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = $"c{id}", ["content"] = text, ["is_error"] = error }),
        Gen.Const(0).Select(static _ => (JsonNode)new JsonObject { ["type"] = "thinking", ["thinking"] = "hm", ["signature"] = "" }),
        Gen.Const(0).Select(static _ => JsonNode.Parse("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}""")!),
        OneOf(MessagesBlockRule.All.Select(static rule => rule.Type).ToArray()).Select(static type => (JsonNode)new JsonObject { ["type"] = type, ["content"] = "x" }),
        Junk);

    private static readonly Gen<JsonNode> Message = Gen.Select(OneOf("user", "user", "assistant", "system"), Gen.Bool, Text, Block.List[0, 3])
        .Select(static (role, plain, text, blocks) => (JsonNode)new JsonObject
        {
            ["role"] = role,
            ["content"] = plain ? text : new JsonArray([.. blocks.Select(static block => block?.DeepClone())]),
        });

    private static readonly Gen<string> Body = Gen.Select(
        Message.List[0, 5],
        Gen.Select(OneOf([.. MessagesToChat.Fields.Select(static field => field.Path.Split('.', '[')[0]).Distinct(), "novel", "ключ"]), Junk).List[0, 3],
        Gen.Select(Gen.Bool, OneOf("auto", "any", "tool", "none"))).Select(static (messages, extras, tools) =>
        {
            var body = new JsonObject
            {
                ["model"] = "m",
                ["max_tokens"] = 5,
                ["messages"] = new JsonArray([.. messages.Select(static message => message.DeepClone())]),
            };
            if (tools.Item1)
            {
                body["tools"] = JsonNode.Parse("""[{"name":"t","input_schema":{"type":"object"}}]""");
                body["tool_choice"] = new JsonObject { ["type"] = tools.Item2, ["name"] = "t" };
            }

            foreach (var (name, value) in extras)
            {
                if (!body.ContainsKey(name))
                {
                    body[name] = value?.DeepClone();
                }
            }

            return body.ToJsonString();
        });

    [Fact]
    public void WhatTheReaderTakes_IsSaidInChatOrRefusedByPath()
    {
        var (said, refused) = (0, 0);
        Body.Sample(json =>
        {
            var body = Encoding.UTF8.GetBytes(json);
            if (!MessagesRequestReader.TryRead(body, out var request, out var flaw))
            {
                Assert.NotEmpty(flaw.Message);
                return;
            }

            if (!MessagesToChat.TryTranslateRequest(request, "up", out var chat, out var dropped, out var defect))
            {
                Assert.False(string.IsNullOrEmpty(defect.Param));
                Interlocked.Increment(ref refused);
                return;
            }

            Assert.True(ChatRequestReader.TryRead(chat, out var read, out var chatFlaw), chatFlaw?.Message);
            Assert.Equal(request.MaxOutputTokens, read.MaxOutputTokens);
            Assert.All(dropped, static name => Assert.All(name, static c => Assert.InRange(c, ' ', '~')));
            Interlocked.Increment(ref said);
        }, iter: 10_000);
        Assert.True(said > 200 && refused > 200, $"{said} said, {refused} refused: the generator is lopsided.");
    }

    [Fact]
    public void AStream_AddsUpToTheWholeAnswer()
    {
        var calls = OneOf("", "{}", "{\"a\":\"}\\\"{\"}", "{\"a\":[1,{\"b\":null}]}", "{\"ü\":\"😀\\\\\"}", "{\"cut\":").List[0, 3];
        var answers = Gen.Select(Text.List[0, 3], Text.List[0, 3], calls, OneOf("stop", "length", "tool_calls", "content_filter"), Gen.Int[0, int.MaxValue]);
        answers.Sample(static (thinking, text, calls, finish, seed) =>
        {
            var message = new JsonObject
            {
                ["reasoning_content"] = string.Concat(thinking),
                ["content"] = string.Concat(text),
                ["tool_calls"] = new JsonArray([.. calls.Select(static (call, index) => new JsonObject
                {
                    ["id"] = $"c{index}",
                    ["function"] = new JsonObject { ["name"] = $"t{index}", ["arguments"] = call },
                })]),
            };
            var whole = new JsonObject
            {
                ["id"] = "chatcmpl-7",
                ["model"] = "gpt-4",
                ["choices"] = new JsonArray(new JsonObject { ["message"] = message, ["finish_reason"] = finish }),
                ["usage"] = new JsonObject { ["prompt_tokens"] = 9, ["completion_tokens"] = 3 },
            };
            string[] chunks =
            [
                .. thinking.Select(static part => Delta("reasoning_content", part)),
                .. text.Select(static part => Delta("content", part)),
                .. CallChunks([.. calls], seed),
                MessagesFixture.Chunk("{}", finish),
                MessagesFixture.Usage(9, 3),
            ];
            Assert.Equal(MessagesFixture.Answer(whole.ToJsonString()).ToJsonString(), Ordered(MessagesFixture.Accumulate(MessagesFixture.Events(chunks))));
        }, iter: 5_000);
    }

    private static string Delta(string name, string text) => MessagesFixture.Chunk(new JsonObject { [name] = text }.ToJsonString());

    /// <summary>Every call's beginning in its order, its arguments cut anywhere but within a character, and the pieces of all mixed.</summary>
    private static IEnumerable<string> CallChunks(string[] calls, int seed)
    {
        var random = new Random(seed);
        var rest = calls.Select(static arguments => new Queue<Rune>(arguments.EnumerateRunes())).ToArray();
        var begun = 0;
        while (begun < calls.Length || rest.Any(static runes => runes.Count > 0))
        {
            if (begun < calls.Length && (begun == 0 || random.Next(3) == 0 || rest[..begun].All(static runes => runes.Count == 0)))
            {
                yield return MessagesFixture.Chunk(
                    $$$"""{"tool_calls":[{"index":{{{begun}}},"id":"c{{{begun}}}","function":{"name":"t{{{begun}}}","arguments":""}}]}""");
                begun++;
                continue;
            }

            var index = random.Next(begun);
            var piece = new StringBuilder();
            for (var left = random.Next(1, 4); left > 0 && rest[index].Count > 0; left--)
            {
                piece.Append(rest[index].Dequeue());
            }

            yield return MessagesFixture.Chunk(new JsonObject
            {
                ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = index, ["function"] = new JsonObject { ["arguments"] = piece.ToString() } }),
            }.ToJsonString());
        }
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    /// <summary>The members in the order of the whole answer.</summary>
    private static string Ordered(JsonObject message)
    {
        var ordered = new JsonObject();
        foreach (var name in (string[])["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"])
        {
            ordered[name] = message[name]?.DeepClone();
        }

        return ordered.ToJsonString();
    }
}
