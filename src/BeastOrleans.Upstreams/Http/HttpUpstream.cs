using System.Net.Http.Headers;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Http;

/// <summary>
/// One attempt over HTTP, the same for every dialect:
/// <code>
/// :: 1 build the request (a request that the dialect cannot say fails here, nothing was sent)
/// :: 2 send, wait for the head             transport faults
/// :: 3 status                              bad: the error's body, bounded, into the classifier
/// :: 4 stream: content type, hand it over  not streaming: the whole body, bounded, checked
/// </code>
/// </summary>
internal abstract class HttpUpstream(UpstreamHttp http, TimeProvider time) : IUpstream
{
    /// <summary>How long an error's body is waited for: its status alone is enough to classify by.</summary>
    private static readonly TimeSpan ErrorBodyLimit = TimeSpan.FromSeconds(2);

    private static readonly MediaTypeWithQualityHeaderValue AcceptJson = new("application/json");
    private static readonly MediaTypeWithQualityHeaderValue AcceptEvents = new("text/event-stream");
    private static readonly StringWithQualityHeaderValue Identity = new("identity");
    private static readonly ProductInfoHeaderValue Product = new("BeastOrleans", null);

    protected TimeProvider Time { get; } = time;

    public async ValueTask<UpstreamReply> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        var scrubber = new Scrubber(call.Target.ApiKey);
        if (!EndpointCredential.IsSendable(call.Target.ApiKey))
        {
            return UpstreamReply.Failed(Unsendable("The endpoint's key has characters that no HTTP header can carry."));
        }

        var prepared = Prepare(call);
        if (prepared.Refusal is { } refusal)
        {
            return UpstreamReply.Failed(Refused(refusal, scrubber));
        }

        var reply = await SendAsync(call, prepared, scrubber, cancellationToken);
        reply.DroppedFields = prepared.Dropped ?? [];
        return reply;
    }

    private async ValueTask<UpstreamReply> SendAsync(
        UpstreamCall call, PreparedRequest prepared, Scrubber scrubber, CancellationToken cancellationToken)
    {
        using var request = NewRequest(call, prepared);
        var phase = FailurePhase.BeforeAnswer;
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(call.Target, request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return UpstreamReply.Failed(await ReadFailureAsync(call, response, scrubber, cancellationToken));
            }

            phase = FailurePhase.BeforeContent;
            if (!call.Request.Stream || !IsEventStream(response))
            {
                return await ReadWholeAsync(call, response, scrubber, cancellationToken);
            }

            var body = await BoundedBody.OpenAsync(response.Content, cancellationToken);
            var stream = OpenStream(call, new StreamSource(response, body), scrubber);
            var status = (int)response.StatusCode;
            response = null;
            return UpstreamReply.Streaming(stream, status);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && TransportFaults.IsCancellation(exception))
        {
            throw new OperationCanceledException("The attempt was cancelled.", exception, cancellationToken);
        }
        catch (Exception exception) when (TransportFaults.IsTransport(exception))
        {
            var facts = new FailureFacts
            {
                Transport = TransportFaults.Of(exception),
                Phase = phase,
                Status = response is null ? 0 : (int)response.StatusCode,
                NothingWritten = request.Content is SegmentedContent { WasStarted: false },
            };
            return UpstreamReply.Failed(FailureClassifier.Classify(facts, scrubber));
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>The request in the endpoint's dialect, or what of it cannot be said there.</summary>
    protected abstract PreparedRequest Prepare(UpstreamCall call);

    /// <summary>Reads a whole answer that came with a good status; throws nothing.</summary>
    protected abstract UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber);

    protected abstract UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber);

    /// <summary>The request carries <c>stream_options</c> of our making.</summary>
    protected abstract bool SplicesStreamOptions(UpstreamCall call);

    protected abstract Dialect Dialect { get; }

    /// <summary>The upstream's error in a body; null when there is none. A dialect with errors of its own form reads them itself.</summary>
    /// <param name="body">At most as much as is read of an error.</param>
    /// <param name="retryAfter">A wait that the body itself names.</param>
    protected virtual UpstreamError? ReadError(ReadOnlyMemory<byte> body, out TimeSpan? retryAfter)
    {
        retryAfter = null;
        return UpstreamError.Parse(body);
    }

    private static AttemptFailure Unsendable(string problem) => new()
    {
        Class = OutcomeClass.Config,
        Reason = FailureReason.Other,
        Message = problem,
    };

    /// <summary>Nothing was sent. What no dialect could take is the caller's; else another endpoint may still say it.</summary>
    private static AttemptFailure Refused(FieldRefusal refusal, Scrubber scrubber)
    {
        var error = new UpstreamError { Param = refusal.Param, Code = refusal.IsMalformed ? null : "unsupported_parameter" };
        var failure = Unsendable(refusal.Message) with { Param = refusal.Param, Status = refusal.IsMalformed ? 400 : 0 };
        if (refusal.IsMalformed)
        {
            failure = failure with { Class = OutcomeClass.Caller, Reason = FailureReason.None };
        }

        return failure with { Body = CallerErrorBody.Of(default, error, failure, scrubber) };
    }

    private HttpRequestMessage NewRequest(UpstreamCall call, in PreparedRequest prepared)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, prepared.Url) { Content = prepared.Content };
        var headers = request.Headers;
        headers.Accept.Add(call.Request.Stream ? AcceptEvents : AcceptJson);
        headers.AcceptEncoding.Add(Identity);
        headers.UserAgent.Add(Product);
        if (TraceContext.For(call.Target, http.TraceContext) is { } traceParent)
        {
            headers.Add(TraceContext.Header, traceParent);
        }

        EndpointCredential.Add(headers, Dialect, call.Target.ApiKey, call.Target.Quirks);
        foreach (var (name, value) in prepared.Headers ?? [])
        {
            headers.Remove(name);
            headers.Add(name, value);
        }

        return request;
    }

    private static bool IsEventStream(HttpResponseMessage response) =>
        string.Equals(response.Content.Headers.ContentType?.MediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase);

    private async ValueTask<UpstreamReply> ReadWholeAsync(
        UpstreamCall call, HttpResponseMessage response, Scrubber scrubber, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var body = await BoundedBody.ReadAsync(response.Content, BoundedBody.MaxAnswerBytes, cancellationToken);
        if (body is null)
        {
            return AnswerDefect($"The upstream's answer is longer than {BoundedBody.MaxAnswerBytes} bytes.", status, scrubber);
        }

        if (body.Length == 0)
        {
            return AnswerDefect("The upstream's answer is empty.", status, scrubber);
        }

        if (!call.Request.Stream)
        {
            return Read(call, body, status, scrubber);
        }

        // A stream was asked for and something else came: an error in JSON, or nothing that can be used.
        return ReadError(body, out _) is { } error
            ? UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber))
            : AnswerDefect("The upstream did not answer with an event stream.", status, scrubber);
    }

    private async ValueTask<AttemptFailure> ReadFailureAsync(
        UpstreamCall call, HttpResponseMessage response, Scrubber scrubber, CancellationToken cancellationToken)
    {
        var body = await ReadErrorBodyAsync(response.Content, cancellationToken);
        var error = ReadError(body, out var retryAfter);
        var facts = new FailureFacts
        {
            Status = (int)response.StatusCode,
            Error = error,
            RetryAfter = RetryAfterHeader.Read(response.Headers, Time.GetUtcNow()) ?? retryAfter,
            SplicedStreamOptions = SplicesStreamOptions(call),
        };
        return WithCallerBody(FailureClassifier.Classify(facts, scrubber), body, error, scrubber);
    }

    private async ValueTask<byte[]> ReadErrorBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ErrorBodyLimit, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await BoundedBody.ReadStartAsync(content, BoundedBody.MaxErrorBytes, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>An error that came with a good status, whole or in a stream.</summary>
    internal static AttemptFailure InBand(
        UpstreamError error, ReadOnlySpan<byte> body, int status, FailurePhase phase, Scrubber scrubber)
    {
        var facts = new FailureFacts { Status = status, Error = error, Phase = phase };
        return WithCallerBody(FailureClassifier.Classify(facts, scrubber), body, error, scrubber);
    }

    internal static UpstreamReply AnswerDefect(string defect, int status, Scrubber scrubber) =>
        UpstreamReply.Failed(FailureClassifier.Classify(
            new FailureFacts { Status = status, Defect = defect, Phase = FailurePhase.BeforeContent }, scrubber));

    /// <summary>What kind of body stands where JSON should, for people.</summary>
    internal static string DescribeGarbage(ReadOnlySpan<byte> body)
    {
        var start = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 256)]).TrimStart();
        return start.StartsWith('<') ? "The upstream answered with HTML." : "The upstream's answer is no valid chat completion.";
    }

    private static AttemptFailure WithCallerBody(
        AttemptFailure failure, ReadOnlySpan<byte> body, UpstreamError? error, Scrubber scrubber) =>
        failure.Class is OutcomeClass.Caller or OutcomeClass.Context || failure is { Class: OutcomeClass.Config, Status: 400 or 422 }
            ? failure with { Body = CallerErrorBody.Of(body, error, failure, scrubber) }
            : failure;
}
