using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Requests, answers and streams of the messages dialect for tests.</summary>
internal static class MessagesFixture
{
    /// <summary>A body with one user turn and these members more.</summary>
    public static string Body(string members = "", string messages = """[{"role":"user","content":"hi"}]""") =>
        $$"""{"model":"m","max_tokens":10,"messages":{{messages}}{{(members.Length > 0 ? "," + members : "")}}}""";

    public static MessagesRequest Read(string body)
    {
        Assert.True(MessagesRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out var request, out var defect), defect?.Message);
        return request;
    }

    public static RequestDefect Defect(string body)
    {
        Assert.False(MessagesRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out _, out var defect));
        return defect;
    }

    /// <summary>The chat completion of a request, which the chat reader must take.</summary>
    public static (JsonNode Chat, IReadOnlyList<string> Dropped) Translate(string body, string model = "up")
    {
        Assert.True(MessagesToChat.TryTranslateRequest(Read(body), model, out var chat, out var dropped, out var defect), defect?.Message);
        Assert.True(ChatRequestReader.TryRead(chat, out _, out var chatDefect), chatDefect?.Message);
        return (JsonNode.Parse(chat.Span)!, dropped);
    }

    public static RequestDefect Refusal(string body)
    {
        Assert.False(MessagesToChat.TryTranslateRequest(Read(body), "up", out var chat, out _, out var defect));
        Assert.True(chat.IsEmpty);
        return defect;
    }

    public static JsonNode Answer(string completion)
    {
        var body = MessagesToChat.TranslateResponse(Encoding.UTF8.GetBytes(completion), "up", "req1");
        Assert.NotNull(body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>The events of a stream of chunks.</summary>
    public static string Events(params IEnumerable<string> chunks)
    {
        var stream = new ChatStreamToMessages("up", "req1", inputTokens: 3);
        var output = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks)
        {
            Assert.True(stream.Write(Encoding.UTF8.GetBytes(chunk), output), chunk);
        }

        Assert.True(stream.Complete(output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static string Chunk(string delta, string? finish = null, string more = "") =>
        $$$"""{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1,"model":"gpt-4","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}} }]{{{more}}} }""";

    public static string Usage(int input, int output, int cached = 0) =>
        $$$"""{"id":"chatcmpl-7","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}},"prompt_tokens_details":{"cached_tokens":{{{cached}}} } } }""";

    /// <summary>Splits framed events, and checks that each is one <c>event:</c> and one <c>data:</c> line that agree.</summary>
    public static JsonObject[] Parse(string events)
    {
        Assert.EndsWith("\n\n", events, StringComparison.Ordinal);
        return [.. events[..^2].Split("\n\n").Select(static block =>
        {
            var lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("event: ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("data: ", lines[1], StringComparison.Ordinal);
            var data = JsonNode.Parse(lines[1]["data: ".Length..])!.AsObject();
            Assert.Equal(lines[0]["event: ".Length..], (string?)data["type"]);
            return data;
        })];
    }

    /// <summary>As an SDK does it: the message that a stream's events add up to. Fails on any event out of its place.</summary>
    public static JsonObject Accumulate(string events)
    {
        var all = Parse(events);
        Assert.Equal("message_start", (string?)all[0]["type"]);
        Assert.Equal("ping", (string?)all[1]["type"]);
        Assert.Equal("message_delta", (string?)all[^2]["type"]);
        Assert.Equal("message_stop", (string?)all[^1]["type"]);
        var message = all[0]["message"]!.DeepClone().AsObject();
        var content = message["content"]!.AsArray();
        var open = false;
        var arguments = new StringBuilder();
        foreach (var data in all[2..^2])
        {
            Assert.Equal(content.Count - (open ? 1 : 0), (int)data["index"]!);
            switch ((string?)data["type"])
            {
                case "content_block_start":
                    Assert.False(open);
                    open = true;
                    arguments.Clear();
                    content.Add(data["content_block"]!.DeepClone());
                    break;
                case "content_block_delta":
                    Assert.True(open);
                    Apply(content[^1]!.AsObject(), data["delta"]!.AsObject(), arguments);
                    break;
                case "content_block_stop":
                    Assert.True(open);
                    open = false;
                    if ((string?)content[^1]!["type"] == "tool_use")
                    {
                        content[^1]!["input"] = Input(arguments.ToString());
                    }

                    break;
                default:
                    Assert.Fail($"{data["type"]} in the middle.");
                    break;
            }
        }

        Assert.False(open);
        foreach (var (name, value) in all[^2]["delta"]!.AsObject())
        {
            message[name] = value?.DeepClone();
        }

        message["usage"] = all[^2]["usage"]!.DeepClone();
        return message;
    }

    private static void Apply(JsonObject block, JsonObject delta, StringBuilder arguments)
    {
        switch ((string?)delta["type"])
        {
            case "text_delta":
                Assert.Equal("text", (string?)block["type"]);
                block["text"] = (string?)block["text"] + (string?)delta["text"];
                break;
            case "thinking_delta":
                Assert.Equal("thinking", (string?)block["type"]);
                block["thinking"] = (string?)block["thinking"] + (string?)delta["thinking"];
                break;
            default:
                Assert.Equal("input_json_delta", (string?)delta["type"]);
                Assert.Equal("tool_use", (string?)block["type"]);
                arguments.Append((string?)delta["partial_json"]);
                break;
        }
    }

    private static JsonNode Input(string arguments)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            MessagesToChat.WriteInput(writer, arguments);
        }

        return JsonNode.Parse(buffer.WrittenSpan)!;
    }
}
