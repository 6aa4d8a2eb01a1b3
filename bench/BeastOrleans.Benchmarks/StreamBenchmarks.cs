using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Streaming;
using BenchmarkDotNet.Attributes;

namespace BeastOrleans.Benchmarks;

/// <summary>A stream of 100 events: the framing alone, and the look into each that the commit and the books need.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    private const int Events = 100;

    private readonly byte[] _bytes = Samples.ChatStream(Events);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task<int> Frame()
    {
        using var stream = new MemoryStream(_bytes);
        using var reader = new SseReader(stream, SseLimits.Default);
        var bytes = 0;
        while (await reader.ReadAsync(CancellationToken.None) == SseItem.Event)
        {
            bytes += reader.Data.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public async Task<int> FrameAndRead()
    {
        using var stream = new MemoryStream(_bytes);
        using var reader = new SseReader(stream, SseLimits.Default);
        var characters = 0;
        while (await reader.ReadAsync(CancellationToken.None) == SseItem.Event)
        {
            characters += (int)ChatChunk.Read(reader.Data.Span).Characters;
        }

        return characters;
    }
}
