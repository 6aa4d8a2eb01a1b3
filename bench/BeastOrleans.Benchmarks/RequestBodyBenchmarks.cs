using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;
using BenchmarkDotNet.Attributes;

namespace BeastOrleans.Benchmarks;

/// <summary>The request's body: read once, then written to the upstream around the few tokens that change.</summary>
[MemoryDiagnoser]
public class RequestBodyBenchmarks
{
    private byte[] _body = [];
    private ChatRequest _request = null!;
    private byte[] _sent = [];

    [Params(1024, 32 * 1024)]
    public int PromptBytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _body = Samples.ChatBody(PromptBytes, stream: true);
        _request = ChatRequestReader.TryRead(_body, out var request, out var defect) ? request : throw new InvalidOperationException(defect.Message);
        _sent = new byte[PromptBytes * 2];
    }

    [Benchmark]
    public bool Read() => ChatRequestReader.TryRead(_body, out _, out _);

    /// <summary>With another model name and <c>stream_options</c> put in.</summary>
    [Benchmark]
    public async Task<long> Splice()
    {
        using var output = new MemoryStream(_sent);
        using var content = new SegmentedContent(ChatRequestSplice.Build(_request, "sim-small", askUsage: true));
        await content.CopyToAsync(output);
        return output.Position;
    }
}
