using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Speaks OpenAI's embeddings: bytes pass both ways, and nothing streams.</summary>
internal sealed class EmbeddingsUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    protected override Dialect Dialect => Dialect.OpenAI;

    protected override PreparedRequest Prepare(UpstreamCall call) =>
        PreparedRequest.Of(EndpointUrls.Of(call.Target.BaseUrl).OpenAIEmbeddings, ModelSplice.Build(call.Request, call.Target.Model));

    protected override bool SplicesStreamOptions(UpstreamCall call) => false;

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber) =>
        PlainAnswerReader.ReadEmbeddings(body, out var usage) switch
        {
            // Vectors are not output: an estimate counts the input alone.
            ChatCompletionReader.Verdict.Answer => UpstreamReply.AnsweredNative(body, usage, contentCharacters: 0, status),
            ChatCompletionReader.Verdict.Error when UpstreamError.Parse(body) is { } error =>
                UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber)),
            _ => AnswerDefect(DescribeGarbage(body), status, scrubber),
        };

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber) =>
        throw new NotSupportedException("Embeddings do not stream.");
}
