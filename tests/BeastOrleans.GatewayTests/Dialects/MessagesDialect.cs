using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>Anthropic's messages.</summary>
internal sealed class MessagesDialect : ClientDialect
{
    public override string Path => "/v1/messages";

    public override (string Name, string Value)[] Headers => [("anthropic-version", "2023-06-01")];

    public override JsonObject Body(Ask ask, string model)
    {
        var messages = new JsonArray(new JsonObject
        {
            ["role"] = "user",
            ["content"] = ask.HasImage
                ? new JsonArray(
                    new JsonObject { ["type"] = "image", ["source"] = new JsonObject { ["type"] = "base64", ["media_type"] = "image/png", ["data"] = Ask.Image } },
                    new JsonObject { ["type"] = "text", ["text"] = ask.Prompt })
                : ask.Prompt,
        });
        if (ask.HasResults)
        {
            messages.Add(new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = ListOf(Ask.PastCalls().Select(static call => new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = JsonNode.Parse(call.Arguments) })),
            });
            messages.Add(new JsonObject
            {
                ["role"] = "user",
                ["content"] = ListOf(Ask.PastCalls().Select(static call => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = call.Id, ["content"] = call.Result })),
            });
        }

        var body = new JsonObject { ["model"] = model, ["stream"] = ask.Stream, ["max_tokens"] = ask.MaxTokens, ["messages"] = messages };
        if (ask.System is not null)
        {
            body["system"] = ask.System;
        }

        if (ask.Tools > 0)
        {
            body["tools"] = ListOf(Ask.OfferedTools(ask.Tools).Select(static tool => new JsonObject { ["name"] = tool.Name, ["description"] = "A tool.", ["input_schema"] = tool.Schema }));
        }

        if (ask.ForcedTool is not null)
        {
            body["tool_choice"] = new JsonObject { ["type"] = "tool", ["name"] = ask.ForcedTool };
        }

        if (ask.HasSchema)
        {
            body["output_config"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "json_schema", ["schema"] = Ask.AnswerSchema() } };
        }

        if (ask.Stop is not null)
        {
            body["stop_sequences"] = new JsonArray(ask.Stop);
        }

        return body;
    }

    public override Understood ReadWhole(JsonElement answer)
    {
        Assert.Equal(("message", "assistant"), (Text(answer, "type"), Text(answer, "role")));
        var blocks = answer.GetProperty("content").EnumerateArray().ToArray();
        return Read(
            string.Concat(blocks.Where(static block => Text(block, "type") == "text").Select(static block => Text(block, "text"))),
            blocks.Where(static block => Text(block, "type") == "tool_use").Select(static block => $"{Text(block, "name")} {block.GetProperty("input").GetRawText()}"),
            Text(answer, "stop_reason"),
            answer.GetProperty("usage"));
    }

    /// <summary>The events in their exact order: one message, blocks one after the other, nothing outside of them.</summary>
    public override Understood ReadStream(string text)
    {
        var (state, said, stop) = ("", "", "");
        var calls = new List<string>();
        JsonElement usage = default;
        foreach (var (name, data) in Events(text).Where(static item => item.Name != "ping"))
        {
            Assert.Equal(name, Text(data, "type"));
            switch (name)
            {
                case "message_start":
                    Assert.Equal("", state);
                    Assert.NotEmpty(Text(data.GetProperty("message"), "id"));
                    state = "between";
                    break;
                case "content_block_start":
                    Assert.Equal("between", state);
                    state = Text(data.GetProperty("content_block"), "type");
                    if (state == "tool_use")
                    {
                        Assert.NotEmpty(Text(data.GetProperty("content_block"), "id"));
                        calls.Add(Text(data.GetProperty("content_block"), "name") + " ");
                    }

                    break;
                case "content_block_delta" when state == "tool_use":
                    calls[^1] += Text(data.GetProperty("delta"), "partial_json");
                    break;
                case "content_block_delta":
                    Assert.Equal("text", state);
                    said += Text(data.GetProperty("delta"), "text");
                    break;
                case "content_block_stop":
                    Assert.True(state is "text" or "tool_use", state);
                    state = "between";
                    break;
                case "message_delta":
                    Assert.Equal("between", state);
                    (stop, usage, state) = (Text(data.GetProperty("delta"), "stop_reason"), data.GetProperty("usage"), "told");
                    break;
                default:
                    Assert.Equal(("message_stop", "told"), (name, state));
                    state = "over";
                    break;
            }
        }

        Assert.Equal("over", state);
        return Read(said, calls, stop, usage);
    }

    public override (string? Type, string? Message) ReadError(JsonElement error)
    {
        Assert.Equal("error", Text(error, "type"));
        return (Text(error.GetProperty("error"), "type"), Text(error.GetProperty("error"), "message"));
    }

    public override string TypeOf(int status) => status switch
    {
        400 => "invalid_request_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        504 => "timeout_error",
        _ => "api_error",
    };

    private static Understood Read(string text, IEnumerable<string> calls, string stop, JsonElement usage)
    {
        var cached = usage.TryGetProperty("cache_read_input_tokens", out var read) && read.ValueKind == JsonValueKind.Number ? read.GetInt32() : 0;
        var finish = stop switch
        {
            "end_turn" or "stop_sequence" => "stop",
            "max_tokens" => "length",
            "tool_use" => "tool_calls",
            _ => stop,
        };
        return new Understood(text, [.. calls], finish, Count(usage, "input_tokens") + cached, cached, Count(usage, "output_tokens"));
    }

    private static IEnumerable<(string Name, JsonElement Data)> Events(string text)
    {
        foreach (var item in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(static item => !item.StartsWith(':')))
        {
            var lines = item.Split('\n');
            Assert.Equal(2, lines.Length);
            yield return (lines[0]["event: ".Length..], JsonSerializer.Deserialize<JsonElement>(lines[1]["data: ".Length..]));
        }
    }
}
