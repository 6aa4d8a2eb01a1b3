using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Streaming;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Gemini;

/// <summary>A Gemini stream, shown as OpenAI's chunks: one for each event.</summary>
internal sealed class GeminiStream(StreamSource source, GeminiAnswerToChat chunks, bool clientAskedUsage, Scrubber scrubber)
    : SseUpstreamStream(source, scrubber)
{
    private readonly GeminiAnswer _answer = new();
    private ulong _seen;
    private ulong _finished;
    private bool _ended;

    /// <summary>Every candidate that showed itself has a finish reason.</summary>
    protected override bool IsFinished => _finished != 0 && (_seen & ~_finished) == 0;

    protected override bool TryTranslate(SseReader sse, out StreamItem item)
    {
        item = default;
        var data = sse.Data;
        if (!_answer.Read(data.Span))
        {
            DroppedEvents++;
            return false;
        }

        Usage = _answer.Usage;
        if (_answer.IsError)
        {
            item = Broken(GeminiError.Parse(data.ToArray(), out _) ?? new UpstreamError(), data.Span);
            return true;
        }

        if (_answer.BlockReason is { } blocked && _answer.Candidates.IsEmpty)
        {
            item = Broken(GeminiError.Blocked(blocked), data.Span, status: 400);
            return true;
        }

        var (hasContent, finishes, broken) = Note();
        if (broken)
        {
            item = Defect(GeminiUpstream.DescribeBroken(_answer));
            return true;
        }

        var payload = chunks.Chunk(_answer);
        var kind = finishes && IsFinished ? StreamItemKind.Finish
            : hasContent || finishes ? StreamItemKind.Content
            : HasContent ? StreamItemKind.Other
            : StreamItemKind.Head;
        item = new StreamItem { Kind = kind, Payload = payload };
        return !payload.IsEmpty;
    }

    /// <summary>The end, asked for once before: the usage chunk went out in its place.</summary>
    protected override bool TryTakePending(out StreamItem item)
    {
        item = new StreamItem { Kind = StreamItemKind.End };
        return _ended;
    }

    /// <summary>Every event counts what was used so far; OpenAI says it once, in a chunk of its own behind the finish reason.</summary>
    protected override StreamItem Ended()
    {
        if (!IsFinished || _ended || Usage.Source != UsageSource.Reported)
        {
            return base.Ended();
        }

        _ended = true;
        return new StreamItem
        {
            Kind = clientAskedUsage ? StreamItemKind.Other : StreamItemKind.HiddenUsage,
            Payload = chunks.Usage(_answer),
        };
    }

    private (bool HasContent, bool Finishes, bool Broken) Note()
    {
        var result = (HasContent: false, Finishes: false, Broken: false);
        foreach (var candidate in _answer.Candidates)
        {
            var bit = 1UL << Math.Min(candidate.Index, 63);
            _seen |= bit;
            result.HasContent |= candidate.HasContent;
            ContentCharacters += candidate.Characters;
            if (candidate.FinishReason is { } reason)
            {
                _finished |= bit;
                result.Finishes = true;
                result.Broken |= ChatToGemini.FinishReason(reason, hasCalls: false) is null;
            }
        }

        HasContent |= result.HasContent;
        return result;
    }
}
