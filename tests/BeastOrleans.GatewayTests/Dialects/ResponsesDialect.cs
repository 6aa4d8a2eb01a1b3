using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>OpenAI's responses.</summary>
internal sealed class ResponsesDialect : ClientDialect
{
    public override string Path => "/v1/responses";

    public override bool CanSay(Ask ask) => ask.Stop is null;

    public override JsonObject Body(Ask ask, string model)
    {
        var content = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = ask.Prompt });
        if (ask.HasImage)
        {
            content.Add(new JsonObject { ["type"] = "input_image", ["image_url"] = "data:image/png;base64," + Ask.Image });
        }

        var input = new JsonArray(new JsonObject { ["type"] = "message", ["role"] = "user", ["content"] = content });
        if (ask.HasResults)
        {
            foreach (var (id, name, arguments, _) in Ask.PastCalls())
            {
                input.Add(new JsonObject { ["type"] = "function_call", ["call_id"] = id, ["name"] = name, ["arguments"] = arguments });
            }

            foreach (var (id, _, _, result) in Ask.PastCalls())
            {
                input.Add(new JsonObject { ["type"] = "function_call_output", ["call_id"] = id, ["output"] = result });
            }
        }

        var body = new JsonObject { ["model"] = model, ["stream"] = ask.Stream, ["max_output_tokens"] = ask.MaxTokens, ["input"] = input };
        if (ask.System is not null)
        {
            body["instructions"] = ask.System;
        }

        if (ask.Tools > 0)
        {
            body["tools"] = ListOf(Ask.OfferedTools(ask.Tools).Select(static tool => new JsonObject
            {
                ["type"] = "function",
                ["name"] = tool.Name,
                ["description"] = "A tool.",
                ["parameters"] = tool.Schema,
            }));
        }

        if (ask.ForcedTool is not null)
        {
            body["tool_choice"] = new JsonObject { ["type"] = "function", ["name"] = ask.ForcedTool };
        }

        if (ask.HasSchema)
        {
            body["text"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "json_schema", ["name"] = "out", ["strict"] = true, ["schema"] = Ask.AnswerSchema() } };
        }

        return body;
    }

    public override Understood ReadWhole(JsonElement answer)
    {
        Assert.Equal("response", Text(answer, "object"));
        var items = answer.GetProperty("output").EnumerateArray().ToArray();
        var usage = answer.GetProperty("usage");
        Assert.Equal(Count(usage, "input_tokens") + Count(usage, "output_tokens"), Count(usage, "total_tokens"));
        string[] calls = [.. items.Where(static item => Text(item, "type") == "function_call").Select(static item => $"{Text(item, "name")} {Text(item, "arguments")}")];
        return new Understood(
            string.Concat(items.Where(static item => Text(item, "type") == "message").SelectMany(static item => item.GetProperty("content").EnumerateArray()).Select(static part => Text(part, "text"))),
            calls,
            FinishOf(answer, calls.Length > 0),
            Count(usage, "input_tokens"),
            Count(usage.GetProperty("input_tokens_details"), "cached_tokens"),
            Count(usage, "output_tokens"));
    }

    /// <summary>The pieces must add up to what the last event holds whole.</summary>
    public override Understood ReadStream(string text)
    {
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(static item => item.Contains("data: {", StringComparison.Ordinal))
            .Select(static item => JsonSerializer.Deserialize<JsonElement>(item[(item.IndexOf("data: ", StringComparison.Ordinal) + "data: ".Length)..]))
            .ToArray();
        Assert.Equal(Enumerable.Range(0, events.Length), events.Select(static item => Count(item, "sequence_number")));
        Assert.Equal("response.created", Text(events[0], "type"));
        Assert.True(Text(events[^1], "type") is "response.completed" or "response.incomplete", events[^1].ToString());
        var whole = ReadWhole(events[^1].GetProperty("response"));
        Assert.Equal(whole.Text, Pieces(events, "response.output_text.delta"));
        Assert.Equal(
            string.Concat(whole.Calls.Select(static call => call[(call.IndexOf(' ', StringComparison.Ordinal) + 1)..])),
            Pieces(events, "response.function_call_arguments.delta"));
        Assert.Equal(Named(events, "response.output_item.added"), Named(events, "response.output_item.done"));
        return whole;
    }

    private static string Pieces(JsonElement[] events, string type) =>
        string.Concat(events.Where(item => Text(item, "type") == type).Select(static item => Text(item, "delta")));

    private static int Named(JsonElement[] events, string type) => events.Count(item => Text(item, "type") == type);

    private static string FinishOf(JsonElement answer, bool hasCalls)
    {
        if (Text(answer, "status") == "incomplete")
        {
            return Text(answer.GetProperty("incomplete_details"), "reason") == "max_output_tokens" ? "length" : "content_filter";
        }

        Assert.Equal("completed", Text(answer, "status"));
        return hasCalls ? "tool_calls" : "stop";
    }
}
