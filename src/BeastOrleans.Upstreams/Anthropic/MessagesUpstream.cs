using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Speaks Anthropic's messages for clients that speak them too: bytes pass both ways, only the model's name is ours.</summary>
internal sealed class MessagesUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    protected override Dialect Dialect => Dialect.Anthropic;

    protected override PreparedRequest Prepare(UpstreamCall call)
    {
        var messages = (MessagesRequest)call.Request;
        return PreparedRequest.Of(EndpointUrls.Of(call.Target.BaseUrl).AnthropicMessages, ModelSplice.Build(messages, call.Target.Model)) with
        {
            Headers = HeadersOf(messages),
        };
    }

    protected override bool SplicesStreamOptions(UpstreamCall call) => false;

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        if (MessagesAnswer.TryRead(body, out var usage, out var characters))
        {
            return UpstreamReply.AnsweredNative(body, usage, characters, status);
        }

        return UpstreamError.Parse(body) is { } error
            ? UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber))
            : AnswerDefect(DescribeGarbage(body), status, scrubber);
    }

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber) =>
        new MessagesStream(source, scrubber);

    // The version decides what the body means, so the client's own goes along.
    private static List<KeyValuePair<string, string>>? HeadersOf(MessagesRequest messages)
    {
        List<KeyValuePair<string, string>>? headers = null;
        if (messages.Version is { } version)
        {
            (headers ??= []).Add(new("anthropic-version", version));
        }

        if (messages.Beta is { } beta)
        {
            (headers ??= []).Add(new("anthropic-beta", beta));
        }

        return headers;
    }
}
