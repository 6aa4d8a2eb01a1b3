namespace BeastOrleans.Upstreams;

/// <summary>The HTTP side of endpoints of one dialect. Makes exactly one attempt: no retry, no fallback, no limit of its own but the connect timeout.</summary>
public interface IUpstream
{
    /// <summary>
    /// Sends one chat request. Returns when a whole non-streaming answer has been read and found well-formed, when a
    /// stream's head has arrived (2xx with an SSE content type), or when the attempt failed.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, and only then: whose limit fired is the caller's to know.</exception>
    ValueTask<UpstreamReply> SendAsync(UpstreamCall call, CancellationToken cancellationToken);
}
