using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>OpenAI's legacy completions: untouched, to upstreams of OpenAI's dialect alone.</summary>
internal sealed class CompletionsDialect : ClientDialect
{
    public override string Path => "/v1/completions";

    public override bool CanSay(Ask ask) => ask.IsPlain;

    public override bool CanReach(string upstream) => upstream == "openai";

    public override JsonObject Body(Ask ask, string model)
    {
        var body = new JsonObject { ["model"] = model, ["stream"] = ask.Stream, ["max_tokens"] = ask.MaxTokens, ["prompt"] = ask.Prompt };
        if (ask.Stream)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        if (ask.Stop is not null)
        {
            body["stop"] = ask.Stop;
        }

        return body;
    }

    public override Understood ReadWhole(JsonElement answer)
    {
        Assert.Equal("text_completion", Text(answer, "object"));
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        return WithUsage(new Understood(Text(choice, "text"), [], Text(choice, "finish_reason"), 0, 0, 0), answer.GetProperty("usage"));
    }

    public override Understood ReadStream(string text)
    {
        var chunks = Chunks(text);
        var choices = chunks.SelectMany(static chunk => chunk.GetProperty("choices").EnumerateArray()).ToArray();
        var finish = Assert.Single(choices, static choice => choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String);
        var usage = Assert.Single(chunks, static chunk => chunk.TryGetProperty("usage", out var given) && given.ValueKind == JsonValueKind.Object);
        return WithUsage(
            new Understood(string.Concat(choices.Select(static choice => Text(choice, "text"))), [], Text(finish, "finish_reason"), 0, 0, 0),
            usage.GetProperty("usage"));
    }
}

/// <summary>OpenAI's embeddings: no streams, no texts.</summary>
internal sealed class EmbeddingsDialect : ClientDialect
{
    public override string Path => "/v1/embeddings";

    public override bool CanSay(Ask ask) => ask is { Name: "text", Stream: false };

    public override bool CanReach(string upstream) => upstream == "openai";

    public override JsonObject Body(Ask ask, string model) => new() { ["model"] = model, ["input"] = ask.Prompt, ["encoding_format"] = "float", ["dimensions"] = 3 };

    public override Understood ReadWhole(JsonElement answer)
    {
        Assert.Equal("list", Text(answer, "object"));
        var vector = Assert.Single(answer.GetProperty("data").EnumerateArray()).GetProperty("embedding");
        Assert.Equal(3, vector.GetArrayLength());
        return new Understood("", [], "stop", Count(answer.GetProperty("usage"), "prompt_tokens"), 0, 0);
    }

    public override Understood ReadStream(string text) => throw new NotSupportedException("Embeddings do not stream.");
}
