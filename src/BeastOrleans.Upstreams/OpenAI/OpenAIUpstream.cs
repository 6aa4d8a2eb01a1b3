using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Speaks OpenAI's chat completions: the client's own dialect, so bytes pass both ways.</summary>
internal sealed class OpenAIUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    protected override Dialect Dialect => Dialect.OpenAI;

    protected override string? FindUnsupported(UpstreamCall call) => null;

    protected override Uri UrlOf(EndpointDescriptor target) => EndpointUrls.Of(target.BaseUrl).OpenAIChat;

    protected override SegmentedContent ContentOf(UpstreamCall call) =>
        new(ChatRequestSplice.Build(call.Request, call.Target.Model, AsksUsage(call)));

    protected override bool SplicesStreamOptions(UpstreamCall call) =>
        call.Request.Stream && AsksUsage(call) && ChatRequestSplice.IsOurs(call.Request);

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
        new OpenAIStream(source, call.Request.IncludeUsage, scrubber);

    private static bool AsksUsage(UpstreamCall call) => call.AskUsageInStream && call.Target.UsageInStream;
}
