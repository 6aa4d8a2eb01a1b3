using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

internal static class ResponsesFixture
{
    public static readonly TokenUsage Usage = new() { Input = 11, Output = 7, CachedInput = 4, Reasoning = 2, Source = UsageSource.Reported };

    public static ResponsesCall Call(string json)
    {
        Assert.True(ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out var request, out var defect), defect?.Message);
        Assert.True(ResponsesToChat.TryTranslateRequest(request, out var call, out defect), defect?.Message);
        Assert.True(ChatRequestReader.TryRead(call.ChatBody, out _, out defect), defect?.Message);
        return call;
    }

    public static string Chat(string json) => Encoding.UTF8.GetString(Call(json).ChatBody.Span);

    public static RequestDefect Defect(string json)
    {
        if (ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out var request, out var defect))
        {
            Assert.False(ResponsesToChat.TryTranslateRequest(request, out _, out defect));
        }

        return defect!;
    }

    public static JsonElement Whole(string completion, string request = """{"input":"hi"}""")
    {
        var body = ResponsesToChat.TranslateResponse(Encoding.UTF8.GetBytes(completion), Call(request), "abc", 1700000000, "asked", Usage);
        Assert.NotNull(body);
        return Parse(body);
    }

    /// <summary>The events, each as its data; their frames are checked on the way.</summary>
    public static List<JsonElement> Stream(IEnumerable<string> chunks, string request = """{"input":"hi"}""")
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = new ChatStreamToResponses(Call(request), "abc", 1700000000, "asked");
        foreach (var chunk in chunks)
        {
            stream.Translate(Encoding.UTF8.GetBytes(chunk), output);
        }

        stream.Complete(Usage, output);
        return Events(output);
    }

    public static List<JsonElement> Events(ArrayBufferWriter<byte> output)
    {
        var events = new List<JsonElement>();
        foreach (var frame in Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = frame.Split('\n');
            Assert.Equal(2, lines.Length);
            var data = Parse(Encoding.UTF8.GetBytes(lines[1]["data: ".Length..]));
            Assert.Equal("event: " + data.GetProperty("type").GetString(), lines[0]);
            Assert.Equal(events.Count, data.GetProperty("sequence_number").GetInt32());
            events.Add(data);
        }

        return events;
    }

    public static string Delta(string delta, string finish = "null", string logprobs = "null") =>
        $$"""{"id":"c","object":"chat.completion.chunk","model":"served","choices":[{"index":0,"delta":{{delta}},"logprobs":{{logprobs}},"finish_reason":{{finish}}}]}""";

    public static string Completion(string message, string finish = "stop") =>
        $$"""{"id":"c","object":"chat.completion","model":"served","choices":[{"index":0,"message":{{message}},"finish_reason":"{{finish}}"}]}""";

    public static JsonElement Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
