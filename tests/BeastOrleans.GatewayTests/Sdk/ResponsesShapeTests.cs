#pragma warning disable OPENAI001 // The package marks its Responses types as experimental.
using System.Buffers;
using System.ClientModel.Primitives;
using System.Text;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;
using OpenAI.Responses;
using Xunit;

namespace BeastOrleans.GatewayTests.Sdk;

/// <summary>What the translation writes, read by the official client's own types.</summary>
public sealed class ResponsesShapeTests
{
    private static readonly TokenUsage Usage = new() { Input = 3, Output = 2, Source = UsageSource.Reported };

    [Fact]
    public void AWholeResponse_IsReadByTheSdk()
    {
        const string Completion =
            """{"choices":[{"message":{"content":"hi","reasoning_content":"hm","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"length"}]}""";
        var body = ResponsesToChat.TranslateResponse(Encoding.UTF8.GetBytes(Completion), Call(), "abc", 17, "m", Usage);
        var response = ModelReaderWriter.Read<ResponseResult>(BinaryData.FromBytes(body!))!;
        Assert.Equal("hi", response.GetOutputText());
        Assert.Equal(ResponseStatus.Incomplete, response.Status);
        Assert.Equal(5, response.Usage.TotalTokenCount);
        Assert.IsType<ReasoningResponseItem>(response.OutputItems[0]);
        Assert.Equal("a", Assert.IsType<FunctionCallResponseItem>(response.OutputItems[2]).CallId);
    }

    [Fact]
    public void EveryEvent_IsReadByTheSdk()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = new ChatStreamToResponses(Call(), "abc", 17, "m");
        foreach (var delta in (string[])["{\"reasoning_content\":\"hm\"}", "{\"content\":\"hi\"}", "{\"refusal\":\"no\"}", "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\"}}]}"])
        {
            stream.Translate(Encoding.UTF8.GetBytes("{\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}"), output);
        }

        stream.Complete(Usage, output);
        stream.Fail("upstream_error", "upstream_stream_interrupted", "cut", "req", output);
        var updates = Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(static frame => ModelReaderWriter.Read<StreamingResponseUpdate>(BinaryData.FromString(frame.Split('\n')[1]["data: ".Length..]))!)
            .ToArray();
        Assert.All(updates, static update => Assert.StartsWith("Streaming", update.GetType().Name, StringComparison.Ordinal));
        Assert.Equal("hi", Assert.IsType<StreamingResponseCompletedUpdate>(updates[^2]).Response.GetOutputText());
        Assert.Equal("upstream_stream_interrupted", Assert.IsType<StreamingResponseErrorUpdate>(updates[^1]).Code);
    }

    private static ResponsesCall Call()
    {
        var body = """{"input":"x","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"reasoning":{"effort":"low"},"metadata":{"a":"b"}}"""u8.ToArray();
        Assert.True(ResponsesRequestReader.TryRead(body, out var request, out var defect), defect?.Message);
        Assert.True(ResponsesToChat.TryTranslateRequest(request, out var call, out defect), defect?.Message);
        return call;
    }
}
