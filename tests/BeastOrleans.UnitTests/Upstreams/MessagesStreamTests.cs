using System.Text;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>An Anthropic stream for an Anthropic client.</summary>
public sealed class MessagesStreamTests
{
    private const string Start = """{"type":"message_start","message":{"id":"msg_1"}}""";
    private const string Block = """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""";
    private const string NotShown = """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":""}}""";
    private const string Signature = """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""";
    private const string Text = """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"hi"}}""";
    private const string Stop = """{"type":"message_stop"}""";

    [Theory]
    [InlineData("", "message_start ping content_block_delta content_block_delta message_stop")]
    [InlineData("event: not a name\n", "message_start ping content_block_delta content_block_delta message_stop")]
    [InlineData("event: own_name\n", "own_name own_name own_name own_name own_name")]
    public async Task ReadAsync_EventWithoutAName_HasThatOfItsData(string line, string names) =>
        Assert.Equal(names, string.Join(' ', (await DrainAsync(line, Start, """{"type":"ping"}""", Text, Text, Stop)).Select(static item => item.EventType)));

    [Theory]
    [InlineData("""{"type":"Not a name"}""")]
    [InlineData("""{"type":"m\u0065ssage_new"}""")]
    [InlineData("""{"type":""}""")]
    [InlineData("""{"type":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"}""")]
    public async Task ReadAsync_TypeThatIsNoName_IsAMessage(string data) => Assert.Equal("message", (await DrainAsync("", data, Stop))[0].EventType);

    /// <summary>With <c>display: "omitted"</c> nothing else is said while the model thinks: silence would be taken for a hang.</summary>
    [Fact]
    public async Task ReadAsync_ThinkingThatIsNotShown_IsProgress()
    {
        var items = await DrainAsync("", Start, Block, NotShown, Signature, Text, Stop);
        Assert.Equal(
            [StreamItemKind.Head, StreamItemKind.Head, StreamItemKind.Content, StreamItemKind.Content, StreamItemKind.Content, StreamItemKind.Finish],
            items.Select(static item => item.Kind));
        Assert.Equal([Start, Block, NotShown, Signature, Text, Stop], items.Select(static item => item.Payload));
    }

    /// <summary>All items but the end.</summary>
    private static async Task<List<(StreamItemKind Kind, string? EventType, string Payload)>> DrainAsync(string line, params string[] events)
    {
        var text = string.Concat(events.Select(data => $"{line}data: {data}\n\n"));
        await using var stream = new MessagesStream(
            new StreamSource(new HttpResponseMessage(), new MemoryStream(Encoding.UTF8.GetBytes(text))), new Scrubber(null));
        var items = new List<(StreamItemKind, string?, string)>();
        while (await stream.ReadAsync(CancellationToken.None) is { Kind: not StreamItemKind.End } item)
        {
            Assert.Null(item.Failure);
            items.Add((item.Kind, item.EventType, Encoding.UTF8.GetString(item.Payload.Span)));
        }

        return items;
    }
}
