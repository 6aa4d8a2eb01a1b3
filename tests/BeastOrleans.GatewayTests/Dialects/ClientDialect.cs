using System.Text.Json;
using System.Text.Json.Nodes;
using BeastOrleans.GatewayTests.Forwarding;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>An answer as a client understands it, whatever its dialect.</summary>
/// <param name="Finish">In OpenAI's words.</param>
internal sealed record Understood(string Text, string[] Calls, string Finish, int Input, int Cached, int Output);

/// <summary>How one kind of client asks and reads. Reading checks the form, too: what a real client would trip over fails here.</summary>
internal abstract class ClientDialect
{
    public static IReadOnlyDictionary<string, ClientDialect> All { get; } = new Dictionary<string, ClientDialect>
    {
        ["chat"] = new ChatDialect(),
        ["messages"] = new MessagesDialect(),
        ["responses"] = new ResponsesDialect(),
        ["completions"] = new CompletionsDialect(),
        ["embeddings"] = new EmbeddingsDialect(),
    };

    public abstract string Path { get; }

    /// <summary>Sent with every request beside the key.</summary>
    public virtual (string Name, string Value)[] Headers => [];

    /// <summary>Whether the dialect has words for it.</summary>
    public virtual bool CanSay(Ask ask) => true;

    /// <summary>Whether an upstream of that dialect can serve it at all.</summary>
    public virtual bool CanReach(string upstream) => true;

    public abstract JsonObject Body(Ask ask, string model);

    public abstract Understood ReadWhole(JsonElement answer);

    public abstract Understood ReadStream(string text);

    public Understood Read(string text, bool stream) => stream ? ReadStream(text) : ReadWhole(JsonSerializer.Deserialize<JsonElement>(text));

    /// <summary>An error in this dialect: its type and its message.</summary>
    public virtual (string? Type, string? Message) ReadError(JsonElement error)
    {
        var inner = error.GetProperty("error");
        Assert.False(error.TryGetProperty("type", out _));
        Assert.True(inner.TryGetProperty("param", out _));
        Assert.True(inner.TryGetProperty("code", out _));
        return (inner.GetProperty("type").GetString(), inner.GetProperty("message").GetString());
    }

    /// <summary>The type of an error by its status.</summary>
    public virtual string TypeOf(int status) => status switch
    {
        400 or 413 => "invalid_request_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        _ => "server_error",
    };

    protected static JsonArray ListOf(IEnumerable<JsonNode> nodes) => [.. nodes];

    protected static int Count(JsonElement usage, string name) => usage.GetProperty(name).GetInt32();

    protected static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>Data of a stream of OpenAI's, which its terminator ends.</summary>
    protected static JsonElement[] Chunks(string text)
    {
        var payloads = Sse.Payloads(text);
        Assert.Equal(Sse.Done, payloads[^1]);
        var chunks = payloads[..^1].Select(static payload => JsonSerializer.Deserialize<JsonElement>(payload)).ToArray();
        Assert.All(chunks, static chunk => Assert.False(chunk.TryGetProperty("error", out _), chunk.ToString()));
        Assert.Single(chunks.Select(static chunk => Text(chunk, "id")).Distinct());
        return chunks;
    }

    protected static Understood WithUsage(Understood answer, JsonElement usage)
    {
        Assert.Equal(Count(usage, "prompt_tokens") + Count(usage, "completion_tokens"), Count(usage, "total_tokens"));
        return answer with
        {
            Input = Count(usage, "prompt_tokens"),
            Cached = Count(usage.GetProperty("prompt_tokens_details"), "cached_tokens"),
            Output = Count(usage, "completion_tokens"),
        };
    }
}
