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

    protected override PreparedRequest Prepare(UpstreamCall call)
    {
        using var document = JsonDocument.Parse(call.Request.Body, RequestOptions);
        return PreparedRequest.Of(
            EndpointUrls.Of(call.Target.BaseUrl).AnthropicMessages,
            ChatToMessages.Translate(call.Request, document.RootElement, call.Target.Model));
    }

    protected override bool SendsStreamOptions(UpstreamCall call) => false;

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        var answer = ChatToMessages.TranslateResponse(
            body, Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, ChatToMessages.UsesFunctions(call.Request), out var usage, out _);
        if (answer is not null)
        {
            return UpstreamReply.Answered(answer, usage, status);
        }

        return UpstreamError.Parse(body) is { } error
            ? UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber))
            : AnswerDefect(DescribeGarbage(body), status, scrubber);
    }

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber)
    {
        var chunks = new MessagesStreamToChat(
            Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, ChatToMessages.UsesFunctions(call.Request));
        return new AnthropicStream(source, chunks, call.Request.IncludeUsage, scrubber);
    }
}
