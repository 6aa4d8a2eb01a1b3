using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class OpenAIStreamTests
{
    private const string Role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    private const string Text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\\u00e9llo\"}}]}\n\n";
    private const string Finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":0}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Theory]
    [InlineData(false, "Head Content Finish HiddenUsage End")]
    [InlineData(true, "Head Content Finish Other End")]
    public async Task ReadAsync_WholeStream_IsClassified(bool asked, string kinds)
    {
        var (items, stream) = await RunAsync(asked, Role, ": ping\n\n", Text, Finish, Usage, Done);
        Assert.Equal(kinds, Kinds(items));
        Assert.Equal(Text["data: ".Length..].Trim(), items[1].Payload);
        Assert.Equal(new TokenUsage { Input = 3, Source = UsageSource.Reported }, stream.Usage);
        Assert.Equal(5, stream.ContentCharacters);
    }

    [Theory]
    [InlineData("{\"reasoning_content\":\"x\"}")]
    [InlineData("{\"reasoning\":\"x\"}")]
    [InlineData("{\"refusal\":\"x\"}")]
    [InlineData("{\"content\":null,\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}")]
    public async Task ReadAsync_AnyDelta_IsContent(string delta)
    {
        var (items, stream) = await RunAsync(false, $"data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n", Finish);
        Assert.Equal("Content Finish End", Kinds(items));
        Assert.Equal(1, stream.ContentCharacters);
    }

    [Theory]
    [InlineData("Head Content Failed", Role, Text)]
    [InlineData("Head Content Failed", Role, Text, Done)]
    [InlineData("Failed")]
    [InlineData("Content Finish End", Text, Finish)]
    public async Task ReadAsync_EndOfStream_IsFinishedOnlyByAReason(string kinds, params string[] events)
    {
        var (items, _) = await RunAsync(false, events);
        Assert.Equal(kinds, Kinds(items));
        if (items[^1].Failure is { } failure)
        {
            Assert.Equal((OutcomeClass.Sick, FailureReason.Network, false), (failure.Class, failure.Reason, failure.BeforeAnswer));
        }
    }

    [Fact]
    public async Task ReadAsync_UndecodableEvents_AreDropped()
    {
        var (items, _) = await RunAsync(
            false, Text, "data: {\"choices\":[{\"del\n\n", "data: nonsense\n\n", "data: {\"type\":\"ping\"}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}\n\n", Finish);
        Assert.Equal("Content Finish End", Kinds(items));
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"x\",\"code\":\"overloaded\"}}\n\n", OutcomeClass.Overload)]
    [InlineData("data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n", OutcomeClass.Sick)]
    [InlineData("event: error\ndata: {\"message\":\"x\"}\n\n", OutcomeClass.Sick)]
    public async Task ReadAsync_ErrorInTheStream_Fails(string error, OutcomeClass outcome)
    {
        var (items, _) = await RunAsync(false, Text, error, Finish);
        Assert.Equal("Content Failed", Kinds(items));
        Assert.Equal((outcome, "x"), (items[^1].Failure!.Class, items[^1].Failure!.Message));
    }

    [Fact]
    public async Task ReadAsync_DataOverSeveralLines_IsOneLine()
    {
        var (items, _) = await RunAsync(false, "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"}}]}\n\n", Finish);
        Assert.Equal("Content Finish End", Kinds(items));
        Assert.Equal("{\"choices\":[{\"delta\": {\"content\":\"a\"}}]}", items[0].Payload);
    }

    [Fact]
    public async Task ReadAsync_SeveralChoices_FinishWithTheLast()
    {
        const string both = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}},{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\n";
        const string second = "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
        Assert.Equal("Content Content Finish End", Kinds((await RunAsync(false, both, Finish, second)).Items));
        Assert.Equal("Content Content Failed", Kinds((await RunAsync(false, both, Finish)).Items));
    }

    private static string Kinds(IEnumerable<(StreamItemKind Kind, string, AttemptFailure?)> items) =>
        string.Join(' ', items.Select(static item => item.Kind));

    private static async Task<(List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)> Items, UpstreamStream Stream)> RunAsync(
        bool asked, params string[] events)
    {
        await using var server = ScriptedServer.Streaming(events);
        using var fixture = new UpstreamFixture();
        var reply = await fixture.SendAsync(
            UpstreamFixture.Target(server.BaseUrl),
            UpstreamFixture.Request(stream: true, asked ? ",\"stream_options\":{\"include_usage\":true}" : ""));
        return (await UpstreamFixture.DrainAsync(reply), reply.Stream!);
    }
}
