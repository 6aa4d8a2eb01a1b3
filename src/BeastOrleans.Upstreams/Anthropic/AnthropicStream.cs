using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Streaming;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>An Anthropic stream, shown as OpenAI's chunks.</summary>
internal sealed class AnthropicStream(StreamSource source, MessagesStreamToChat chunks, bool clientAskedUsage, Scrubber scrubber)
    : SseUpstreamStream(source, scrubber)
{
    private MessagesUsage _usage;
    private bool _started;
    private bool _finished;
    private bool _ended;
    private bool _usageShown;

    protected override bool IsFinished => _finished;

    protected override bool TryTranslate(SseReader sse, out StreamItem item)
    {
        item = default;
        var read = MessagesEvent.Read(sse.Data.Span, ref _usage);
        Usage = _usage.Total;
        switch (read.Kind)
        {
            case MessagesEventKind.Start when !_started:
                _started = true;
                item = new StreamItem { Kind = StreamItemKind.Head, Payload = chunks.Start(read.Id, read.Model) };
                return true;
            case MessagesEventKind.Text or MessagesEventKind.Thinking:
                HasContent = true;
                ContentCharacters += read.Characters;
                item = new StreamItem
                {
                    Kind = StreamItemKind.Content,
                    Payload = chunks.Text(read.Text, read.Kind == MessagesEventKind.Thinking),
                };
                return true;
            case MessagesEventKind.Call:
                return Said(chunks.Call(read), read.Characters, out item);
            case MessagesEventKind.Arguments:
                return Said(chunks.Arguments(read.Index, read.Text), read.Characters, out item);
            case MessagesEventKind.BlockStop:
                return Said(chunks.BlockStop(read.Index), "{}".Length, out item);
            case MessagesEventKind.Delta when read.StopReason is not null && !_finished:
                _finished = true;
                item = new StreamItem
                {
                    Kind = StreamItemKind.Finish,
                    Payload = chunks.Finish(ChatToMessages.FinishReason(read.StopReason, chunks.OldStyle)),
                };
                return true;
            case MessagesEventKind.Stop:
                item = Ended();
                return true;
            case MessagesEventKind.Error:
                item = Broken(sse.Data.Span);
                return true;
            case MessagesEventKind.Undecodable:
                DroppedEvents++;
                return false;
            default:
                return false;
        }
    }

    /// <summary>A part of a call; nothing when there was nothing to say of the event.</summary>
    private bool Said(ReadOnlyMemory<byte> payload, int characters, out StreamItem item)
    {
        item = new StreamItem { Kind = StreamItemKind.Content, Payload = payload };
        if (payload.IsEmpty)
        {
            return false;
        }

        HasContent = true;
        ContentCharacters += characters;
        return true;
    }

    /// <summary>The end, asked for once before: the usage chunk went out in its place.</summary>
    protected override bool TryTakePending(out StreamItem item)
    {
        item = new StreamItem { Kind = StreamItemKind.End };
        return _ended;
    }

    /// <summary>OpenAI gives usage in a chunk of its own behind the finish reason; what is only estimated is no usage to show.</summary>
    protected override StreamItem Ended()
    {
        if (!_finished || _usageShown || Usage.Source != UsageSource.Reported)
        {
            return base.Ended();
        }

        _usageShown = true;
        _ended = true;
        return new StreamItem
        {
            Kind = clientAskedUsage ? StreamItemKind.Other : StreamItemKind.HiddenUsage,
            Payload = chunks.Usage(Usage),
        };
    }
}
