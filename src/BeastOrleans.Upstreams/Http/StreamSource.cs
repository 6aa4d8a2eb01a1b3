namespace BeastOrleans.Upstreams.Http;

/// <summary>An open answer: its decoded bytes, and the message that holds the connection.</summary>
internal sealed class StreamSource(HttpResponseMessage response, Stream body) : IDisposable
{
    public Stream Body { get; } = body;

    public int Status { get; } = (int)response.StatusCode;

    /// <summary>The message first: it closes an unfinished connection at once, so nothing the body's decoder does can delay that.</summary>
    public void Dispose()
    {
        response.Dispose();
        Body.Dispose();
    }
}
