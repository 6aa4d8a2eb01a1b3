using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Speaks OpenAI's chat completions: the client's own dialect, so bytes pass both ways.</summary>
internal sealed class OpenAIUpstream(UpstreamHttp http, TimeProvider time) : ChatUpstream(http, time)
{
    protected override Dialect Dialect => Dialect.OpenAI;

    protected override PreparedRequest Prepare(UpstreamCall call, ChatRequest chat)
    {
        var segments = ChatRequestSplice.Build(
            chat, call.Target.Model, AsksUsage(call), call.Target.Quirks?.Fields ?? [], out var dropped);
        return PreparedRequest.Of(EndpointUrls.Of(call.Target.BaseUrl).OpenAIChat, new SegmentedContent(segments)).With(dropped);
    }

    // A translated request's are of our making too.
    protected override bool SplicesStreamOptions(UpstreamCall call) =>
        call.Request.Stream && AsksUsage(call) && (call.Request is not ChatRequest chat || ChatRequestSplice.IsOurs(chat));

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        switch (ChatCompletionReader.Read(body, out var usage, out var characters))
        {
            case ChatCompletionReader.Verdict.Answer:
                return UpstreamReply.Answered(body, usage, characters, status);
            case ChatCompletionReader.Verdict.Error when UpstreamError.Parse(body) is { } error:
                return UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber));
            default:
                return AnswerDefect(DescribeGarbage(body), status, scrubber);
        }
    }

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber) =>
        new OpenAIStream(source, call.Chat.Choices, isLegacy: false, call.Chat.IncludeUsage, scrubber);

    private static bool AsksUsage(UpstreamCall call) => call.AskUsageInStream && call.Target.UsageInStream;
}
