using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Speaks OpenAI's legacy completions: bytes pass both ways.</summary>
internal sealed class CompletionsUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    protected override Dialect Dialect => Dialect.OpenAI;

    protected override PreparedRequest Prepare(UpstreamCall call) => PreparedRequest.Of(
        EndpointUrls.Of(call.Target.BaseUrl).OpenAICompletions,
        new SegmentedContent(ChatRequestSplice.Build(RequestOf(call), call.Target.Model, AsksUsage(call))));

    protected override bool SplicesStreamOptions(UpstreamCall call) =>
        call.Request.Stream && AsksUsage(call) && ChatRequestSplice.IsOurs(RequestOf(call));

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber) =>
        PlainAnswerReader.ReadCompletion(body, out var usage) switch
        {
            ChatCompletionReader.Verdict.Answer => UpstreamReply.AnsweredNative(body, usage, body.Length, status),
            ChatCompletionReader.Verdict.Error when UpstreamError.Parse(body) is { } error =>
                UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber)),
            _ => AnswerDefect(DescribeGarbage(body), status, scrubber),
        };

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber) =>
        new OpenAIStream(source, RequestOf(call).Choices, isLegacy: true, RequestOf(call).IncludeUsage, scrubber);

    private static CompletionsRequest RequestOf(UpstreamCall call) => (CompletionsRequest)call.Request;

    private static bool AsksUsage(UpstreamCall call) => call.AskUsageInStream && call.Target.UsageInStream;
}
