using System.Net;
using System.Net.Http.Headers;

namespace BeastOrleans.Upstreams.Http;

/// <summary>A JSON body written from segments; its length is known, so it goes out without chunking.</summary>
internal sealed class SegmentedContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly ReadOnlyMemory<byte>[] _segments;
    private readonly long _length;

    public SegmentedContent(params ReadOnlyMemory<byte>[] segments)
    {
        _segments = segments;
        foreach (var segment in segments)
        {
            _length += segment.Length;
        }

        Headers.ContentType = Json;
    }

    /// <summary>The connection has asked for the body: from here on the upstream may have seen some of it.</summary>
    public bool WasStarted { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        WasStarted = true;
        foreach (var segment in _segments)
        {
            if (!segment.IsEmpty)
            {
                await stream.WriteAsync(segment, cancellationToken);
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
