using System.Numerics;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Streaming;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A stream of OpenAI's chunks with choices, handed on as it came: payloads are the upstream's own bytes.</summary>
/// <param name="choices">Asked for.</param>
/// <param name="isLegacy">Legacy completions, not chats.</param>
/// <param name="clientAskedUsage">The client asked for the chunk of usage itself.</param>
internal sealed class OpenAIStream(StreamSource source, int choices, bool isLegacy, bool clientAskedUsage, Scrubber scrubber)
    : SseUpstreamStream(source, scrubber)
{
    /// <summary>More choices than this are not told apart.</summary>
    private const int MaxTrackedChoices = 64;

    private ulong _seen;
    private ulong _finished;
    private bool _done;

    /// <summary>
    /// As many choices as were asked for have a finish reason: one may be written to its end before the next begins. A server
    /// that ignores <c>n</c> says by <c>[DONE]</c> that no more will come.
    /// </summary>
    protected override bool IsFinished =>
        _finished != 0 && (_seen & ~_finished) == 0 && (_done || BitOperations.PopCount(_finished) >= Math.Min(choices, MaxTrackedChoices));

    protected override bool TryTranslate(SseReader sse, out StreamItem item)
    {
        item = default;
        var data = sse.Data;
        if (data.Span.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            // The gateway writes its own terminator.
            _done = true;
            item = Ended();
            return true;
        }

        var chunk = ChatChunk.Read(data.Span, isLegacy);
        if (chunk.IsError || (sse.EventType == "error" && !chunk.HasChoices))
        {
            item = Broken(data.Span);
            return true;
        }

        if (!chunk.IsChunk)
        {
            DroppedEvents++;
            return false;
        }

        if (sse.IsMultiLine)
        {
            // Line feeds between JSON tokens are white space; within a string they would not have parsed.
            data.Span.Replace((byte)'\n', (byte)' ');
        }

        item = new StreamItem { Kind = Classify(chunk), Payload = data };
        return true;
    }

    private StreamItemKind Classify(in ChatChunk chunk)
    {
        if (chunk.HasUsage)
        {
            Usage = chunk.Usage;
        }

        _seen |= chunk.Seen;
        _finished |= chunk.Finished;
        ContentCharacters += chunk.Characters;
        HasContent |= chunk.HasContent;
        if (chunk.Finished != 0 && IsFinished)
        {
            return StreamItemKind.Finish;
        }

        if (chunk.HasContent || chunk.Finished != 0)
        {
            return StreamItemKind.Content;
        }

        if (!chunk.HasChoices && chunk.HasUsage)
        {
            return clientAskedUsage ? StreamItemKind.Other : StreamItemKind.HiddenUsage;
        }

        return HasContent || _finished != 0 ? StreamItemKind.Other : StreamItemKind.Head;
    }
}
