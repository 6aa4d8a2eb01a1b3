using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Gemini;

/// <summary>Speaks Gemini's <c>generateContent</c> for clients that speak OpenAI's chat completions.</summary>
internal sealed class GeminiUpstream(UpstreamHttp http, TimeProvider time) : ChatUpstream(http, time)
{
    private static readonly JsonDocumentOptions RequestOptions = new() { MaxDepth = ChatRequestReader.MaxDepth };

    protected override Dialect Dialect => Dialect.Gemini;

    protected override PreparedRequest Prepare(UpstreamCall call, ChatRequest chat)
    {
        using var document = JsonDocument.Parse(chat.Body, RequestOptions);
        return PreparedRequest.Of(
            EndpointUrls.Of(call.Target.BaseUrl).Gemini(call.Target.Model, call.Request.Stream),
            ChatToGemini.Translate(chat, document.RootElement, call.Target.Model));
    }

    protected override bool SplicesStreamOptions(UpstreamCall call) => false;

    protected override UpstreamError? ReadError(ReadOnlyMemory<byte> body, out TimeSpan? retryAfter) =>
        GeminiError.Parse(body, out retryAfter) ?? UpstreamError.Parse(body);

    protected override UpstreamReply Read(UpstreamCall call, byte[] body, int status, Scrubber scrubber)
    {
        var answer = new GeminiAnswer();
        if (!answer.Read(body))
        {
            return AnswerDefect(DescribeGarbage(body), status, scrubber);
        }

        if (answer.IsError && ReadError(body, out _) is { } error)
        {
            return UpstreamReply.Failed(InBand(error, body, status, FailurePhase.BeforeContent, scrubber));
        }

        if (answer.BlockReason is { } reason && answer.Candidates.IsEmpty)
        {
            return UpstreamReply.Failed(InBand(GeminiError.Blocked(reason), body, 400, FailurePhase.BeforeContent, scrubber));
        }

        return NewWriter(call).Whole(answer) is { } whole
            ? UpstreamReply.Answered(whole, answer.Usage, CharactersOf(answer), status)
            : AnswerDefect(DescribeBroken(answer), status, scrubber);
    }

    protected override UpstreamStream OpenStream(UpstreamCall call, StreamSource source, Scrubber scrubber) =>
        new GeminiStream(source, NewWriter(call), call.Chat.IncludeUsage, scrubber);

    /// <summary>What is wrong with an answer that has no usable candidate, for people.</summary>
    internal static string DescribeBroken(GeminiAnswer answer)
    {
        foreach (var candidate in answer.Candidates)
        {
            if (candidate.FinishReason is { } reason && ChatToGemini.FinishReason(reason, hasCalls: false) is null)
            {
                return $"The model's answer is broken ({reason}).";
            }
        }

        return "The upstream's answer holds no finished candidate.";
    }

    private static int CharactersOf(GeminiAnswer answer)
    {
        var characters = 0;
        foreach (var candidate in answer.Candidates)
        {
            characters += candidate.Characters;
        }

        return characters;
    }

    private GeminiAnswerToChat NewWriter(UpstreamCall call) =>
        new(Time.GetUtcNow().ToUnixTimeSeconds(), call.Target.Model, Guid.NewGuid().ToString("N"));
}
