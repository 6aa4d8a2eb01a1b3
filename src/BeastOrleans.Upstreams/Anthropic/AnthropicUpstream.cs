using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Speaks Anthropic's messages for clients that speak OpenAI's chat completions.</summary>
internal sealed class AnthropicUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    private static readonly JsonDocumentOptions RequestOptions = new() { MaxDepth = OpenAI.ChatRequestReader.MaxDepth };

    protected override Dialect Dialect => Dialect.Anthropic;

    protected override string? FindUnsupported(UpstreamCall call)
    {
        using var document = JsonDocument.Parse(call.Request.Body, RequestOptions);
        return ChatToMessages.FindUnsupported(call.Request, document.RootElement);
    }

    protected override Uri UrlOf(EndpointDescriptor target) => EndpointUrls.Of(target.BaseUrl).AnthropicMessages;

    protected override SegmentedContent ContentOf(UpstreamCall call)
    {
        using var document = JsonDocument.Parse(call.Request.Body, RequestOptions);
        return new SegmentedContent(ChatToMessages.WriteRequest(call.Request, document.RootElement, call.Target.Model));
    }

    protected override bool SplicesStreamOptions(UpstreamCall call) => false;

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        var answer = ChatToMessages.TranslateResponse(body, Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, out var usage, out var characters);
        if (answer is not null)
        {
            return UpstreamReply.Answered(answer, usage, characters, status);
        }

        return UpstreamError.Parse(body) is { } error
            ? UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber))
            : AnswerDefect(DescribeGarbage(body), status, scrubber);
    }

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber)
    {
        var chunks = new MessagesStreamToChat(Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model);
        return new AnthropicStream(source, chunks, call.Request.IncludeUsage, scrubber);
    }
}
