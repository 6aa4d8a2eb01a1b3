using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>Speaks Anthropic's messages for clients that speak OpenAI's chat completions.</summary>
internal sealed class AnthropicUpstream(UpstreamHttp http, TimeProvider time) : ChatUpstream(http, time)
{
    private static readonly JsonDocumentOptions RequestOptions = new() { MaxDepth = ChatRequestReader.MaxDepth };

    protected override Dialect Dialect => Dialect.Anthropic;

    protected override PreparedRequest Prepare(UpstreamCall call, ChatRequest chat)
    {
        using var document = JsonDocument.Parse(chat.Body, RequestOptions);
        return PreparedRequest.Of(
            EndpointUrls.Of(call.Target.BaseUrl).AnthropicMessages,
            ChatToMessages.Translate(chat, document.RootElement, call.Target.Model));
    }

    protected override bool SplicesStreamOptions(UpstreamCall call) => false;

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        var answer = ChatToMessages.TranslateResponse(
            body, Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, ChatToMessages.UsesFunctions(call.Chat), out var usage, out var characters);
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
        var chunks = new MessagesStreamToChat(
            Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, ChatToMessages.UsesFunctions(call.Chat));
        return new AnthropicStream(source, chunks, call.Chat.IncludeUsage, scrubber);
    }
}
