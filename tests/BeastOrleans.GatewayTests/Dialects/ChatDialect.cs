using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>OpenAI's chat completions.</summary>
internal sealed class ChatDialect : ClientDialect
{
    public override string Path => "/v1/chat/completions";

    public override JsonObject Body(Ask ask, string model)
    {
        var messages = new JsonArray();
        if (ask.System is not null)
        {
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = ask.System });
        }

        messages.Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = ask.HasImage
                ? new JsonArray(
                    new JsonObject { ["type"] = "text", ["text"] = ask.Prompt },
                    new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64," + Ask.Image } })
                : ask.Prompt,
        });
        if (ask.HasResults)
        {
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = ListOf(Ask.PastCalls().Select(static call => Call(call.Id, call.Name, call.Arguments))) });
            foreach (var (id, _, _, result) in Ask.PastCalls())
            {
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = result });
            }
        }

        var body = new JsonObject { ["model"] = model, ["stream"] = ask.Stream, ["max_tokens"] = ask.MaxTokens, ["messages"] = messages };
        if (ask.Stream)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        if (ask.Tools > 0)
        {
            body["tools"] = ListOf(Ask.OfferedTools(ask.Tools).Select(static tool => new JsonObject
            {
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = tool.Name, ["description"] = "A tool.", ["parameters"] = tool.Schema },
            }));
        }

        if (ask.ForcedTool is not null)
        {
            body["tool_choice"] = new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = ask.ForcedTool } };
        }

        if (ask.HasSchema)
        {
            body["response_format"] = JsonNode.Parse("""{"type":"json_schema","json_schema":{"name":"out","strict":true}}""");
            body["response_format"]!["json_schema"]!["schema"] = Ask.AnswerSchema();
        }

        if (ask.Stop is not null)
        {
            body["stop"] = ask.Stop;
        }

        return body;
    }

    public override Understood ReadWhole(JsonElement answer)
    {
        Assert.Equal("chat.completion", Text(answer, "object"));
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        var message = choice.GetProperty("message");
        Assert.Equal("assistant", Text(message, "role"));
        var calls = message.TryGetProperty("tool_calls", out var made) ? made.EnumerateArray().ToArray() : [];
        Assert.Equal(calls.Length, calls.Select(static call => Text(call, "id")).Distinct().Count());
        return WithUsage(
            new Understood(
                message.GetProperty("content").GetString() ?? "",
                [.. calls.Select(static call => call.GetProperty("function")).Select(static function => $"{Text(function, "name")} {Text(function, "arguments")}")],
                Text(choice, "finish_reason"), 0, 0, 0),
            answer.GetProperty("usage"));
    }

    public override Understood ReadStream(string text)
    {
        var chunks = Chunks(text);
        var (said, finish) = ("", new List<string>());
        var calls = new SortedDictionary<int, string>();
        foreach (var choice in chunks.SelectMany(static chunk => chunk.GetProperty("choices").EnumerateArray()))
        {
            Assert.Equal(0, Count(choice, "index"));
            var delta = choice.GetProperty("delta");
            said += delta.TryGetProperty("content", out var content) ? content.GetString() : "";
            foreach (var call in delta.TryGetProperty("tool_calls", out var made) ? made.EnumerateArray().ToArray() : [])
            {
                Merge(calls, call);
            }

            if (choice.GetProperty("finish_reason") is { ValueKind: JsonValueKind.String } reason)
            {
                finish.Add(reason.GetString()!);
            }
        }

        var usage = Assert.Single(chunks, static chunk => chunk.TryGetProperty("usage", out var given) && given.ValueKind == JsonValueKind.Object);
        Assert.Empty(usage.GetProperty("choices").EnumerateArray());
        return WithUsage(new Understood(said, [.. calls.Values], Assert.Single(finish), 0, 0, 0), usage.GetProperty("usage"));
    }

    private static void Merge(SortedDictionary<int, string> calls, JsonElement call)
    {
        var (index, function) = (Count(call, "index"), call.GetProperty("function"));
        if (!calls.ContainsKey(index))
        {
            Assert.Equal(calls.Count, index);
            Assert.NotEmpty(Text(call, "id"));
            calls[index] = Text(function, "name") + " ";
        }

        calls[index] += function.TryGetProperty("arguments", out var piece) ? piece.GetString() : "";
    }

    private static JsonObject Call(string id, string name, string arguments) =>
        new() { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments } };
}
