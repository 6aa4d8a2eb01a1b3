using System.Text;
using BeastOrleans.Upstreams.Streaming;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class SseReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata:b\r\n\r\ndata: c\r\r", "E:a|E:b|E:c|End")]
    [InlineData("data: a\ndata: b\n\n", "E:a\nb|End")]
    [InlineData("event: x\ndata: a\nid: 7\n\n", "x:a|End")]
    [InlineData(": ping\n\n:\ndata: a\n: in between\ndata: b\n\n", "Comment|Comment|Comment|E:a\nb|End")]
    [InlineData("event: lost\n\ndata: a\n\n", "E:a|End")]
    [InlineData("\uFEFFdata: a\n\n", "E:a|End")]
    [InlineData("data\n\ndata:\ndata:\n\n", "E:|E:\n|End")]
    [InlineData("data:  two spaces\n\n", "E: two spaces|End")]
    [InlineData("unknown: x\nretry: 12\ndata: a\n\n", "E:a|End")]
    [InlineData("data: no blank line", "E:no blank line|End")]
    [InlineData("data: one break\n", "E:one break|End")]
    [InlineData("", "End")]
    [InlineData("\n\n\n", "End")]
    public async Task ReadAsync_Stream_GivesItsEvents(string stream, string expected) =>
        Assert.Equal(expected, string.Join('|', await ReadAllAsync(Encoding.UTF8.GetBytes(stream), [1 << 20])));

    [Fact]
    public async Task ReadAsync_Fields_AreKept()
    {
        using var reader = new SseReader(new MemoryStream("id: 7\nretry: 12\nevent: e\ndata: x\n\n"u8.ToArray()), SseLimits.Default);
        Assert.Equal(SseItem.Event, await reader.ReadAsync(default));
        Assert.Equal("7", reader.LastEventId);
        Assert.Equal(12, reader.RetryMilliseconds);
        Assert.Equal("e", reader.EventType);
    }

    /// <summary>The law of an incremental parser: how the bytes are cut into reads changes nothing.</summary>
    [Fact]
    public void ReadAsync_AnyChunking_GivesTheSameEvents()
    {
        var piece = OneOf("data: ", "data", ":", "\n", "\r", "\r\n", "\n\n", "event: ", "x", "hello", "id: 1", " ", "\uFEFF", "é€😀", new string('y', 40_000));
        Gen.Select(piece.Array[0, 40], Gen.Int[1, 9000].Array[1, 12]).Sample(
            (pieces, chunks) =>
            {
                var bytes = Encoding.UTF8.GetBytes(string.Concat(pieces));
                var whole = ReadAllAsync(bytes, [1 << 30]).GetAwaiter().GetResult();
                Assert.Equal(whole, ReadAllAsync(bytes, chunks).GetAwaiter().GetResult());
                if (bytes.Length < 5000)
                {
                    Assert.Equal(whole, ReadAllAsync(bytes, [1]).GetAwaiter().GetResult());
                }
            },
            iter: 400);
    }

    [Theory]
    [InlineData("data: 12345678901234567890\n\n", false)]
    [InlineData("data: 123456789012345678901234567890", false)]
    [InlineData("data: 1234567890\ndata: 1234567890\ndata: 1234567890\n\n", false)]
    [InlineData("data: 1234567890\ndata: 1234567890\n\n", true)]
    [InlineData(":1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n:1\n", true)]
    [InlineData("data: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\ndata: 1\n\n", false)]
    public async Task ReadAsync_Bounds_AreKept(string stream, bool within)
    {
        var limits = new SseLimits { LineBytes = 20, EventBytes = 25, StreamBytes = 100 };
        foreach (var chunk in (int[])[1, 3, 1000])
        {
            var items = await ReadAllAsync(Encoding.UTF8.GetBytes(stream), [chunk], limits);
            Assert.Equal(within ? "End" : "TooLarge", items[^1]);
        }
    }

    /// <summary>The law holds at the bounds too: the same event is the first that is too large.</summary>
    [Fact]
    public void ReadAsync_AnyChunkingAtTheBounds_GivesTheSameEvents()
    {
        var limits = new SseLimits { LineBytes = 24, EventBytes = 40 };
        var piece = OneOf("data: ", "data:", ": ", "\n", "\r", "\r\n", "\n\n", "\r\r", "event: e", "x", "twelve bytes", "\uFEFF", "é€😀");
        Gen.Select(piece.Array[0, 30], Gen.Int[1, 9].Array[1, 8]).Sample(
            (pieces, chunks) =>
            {
                var bytes = Encoding.UTF8.GetBytes(string.Concat(pieces));
                var whole = ReadAllAsync(bytes, [1 << 20], limits).GetAwaiter().GetResult();
                Assert.Equal(whole, ReadAllAsync(bytes, chunks, limits).GetAwaiter().GetResult());
                Assert.Equal(whole, ReadAllAsync(bytes, [1], limits).GetAwaiter().GetResult());
            },
            iter: 2000);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task ReadAsync_ALineAtTheDefaultBound_IsReadAndOneByteMoreIsNot(int more, bool within)
    {
        var bytes = new byte[SseLimits.Default.LineBytes + more + 2];
        bytes.AsSpan().Fill((byte)'y');
        "data: "u8.CopyTo(bytes);
        "\n\n"u8.CopyTo(bytes.AsSpan(bytes.Length - 2));
        foreach (var chunk in (int[])[1 << 30, 60_000, 4_093])
        {
            var items = await ReadAllAsync(bytes, [chunk]);
            Assert.Equal(within ? "End" : "TooLarge", items[^1]);
            Assert.Equal(within ? 2 : 1, items.Count);
        }
    }

    [Fact]
    public async Task ReadAsync_EndlessLine_StopsAtTheBound()
    {
        var endless = new ChunkedStream(null, [64 * 1024]);
        using var reader = new SseReader(endless, SseLimits.Default);
        Assert.Equal(SseItem.TooLarge, await reader.ReadAsync(default));
        Assert.InRange(endless.Given, 1, 4 * 1024 * 1024);
    }

    private static async Task<List<string>> ReadAllAsync(byte[] bytes, int[] chunks, SseLimits? limits = null)
    {
        using var reader = new SseReader(new ChunkedStream(bytes, chunks), limits ?? SseLimits.Default);
        var items = new List<string>();
        while (true)
        {
            var item = await reader.ReadAsync(CancellationToken.None);
            var type = reader.EventType.Length == 0 ? "E" : reader.EventType;
            items.Add(item == SseItem.Event ? $"{type}:{Encoding.UTF8.GetString(reader.Data.Span)}" : item.ToString());
            if (item is SseItem.End or SseItem.TooLarge)
            {
                return items;
            }
        }
    }

    /// <summary>Gives its bytes in reads of the given sizes, over and over; without bytes, an endless line.</summary>
    private sealed class ChunkedStream(byte[]? bytes, int[] chunks) : MemoryStream
    {
        private int _at;
        private int _turn;

        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, chunks[_turn++ % chunks.Length]);
            if (bytes is null)
            {
                buffer.Span[..count].Fill((byte)'x');
            }
            else
            {
                count = Math.Min(count, bytes.Length - _at);
                bytes.AsSpan(_at, count).CopyTo(buffer.Span);
                _at += count;
            }

            Given += count;
            return new ValueTask<int>(count);
        }
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
