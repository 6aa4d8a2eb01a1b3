using System.Text;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.Streaming;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>An Anthropic stream for an Anthropic client: every event as it came. It is whole when <c>message_stop</c> was seen.</summary>
internal sealed class MessagesStream(StreamSource source, Scrubber scrubber) : SseUpstreamStream(source, scrubber)
{
    private const int MaxNameLength = 64;

    private MessagesUsage _usage;
    private bool _stopped;
    private bool _ended;
    private string _name = "message";

    protected override bool IsFinished => _stopped;

    protected override bool TryTranslate(SseReader sse, out StreamItem item)
    {
        item = default;
        var data = sse.Data;
        var read = MessagesEvent.Read(data.Span, ref _usage);
        Usage = _usage.Total;
        switch (read.Kind)
        {
            case MessagesEventKind.Undecodable:
                DroppedEvents++;
                return false;
            case MessagesEventKind.Error:
                item = Broken(data.Span);
                return true;
            case MessagesEventKind.Text or MessagesEventKind.Thinking or MessagesEventKind.Arguments or MessagesEventKind.Call:
                HasContent = true;
                ContentCharacters += read.Characters;
                item = ItemOf(StreamItemKind.Content, sse, data, read.Type);
                return true;
            case MessagesEventKind.Stop:
                _stopped = true;
                _ended = true;
                item = ItemOf(StreamItemKind.Finish, sse, data, read.Type);
                return true;
            default:
                item = ItemOf(HasContent ? StreamItemKind.Other : StreamItemKind.Head, sse, data, read.Type);
                return true;
        }
    }

    /// <summary>Nothing follows <c>message_stop</c>: its upstream's connection is not waited for.</summary>
    protected override bool TryTakePending(out StreamItem item)
    {
        item = new StreamItem { Kind = StreamItemKind.End };
        return _ended;
    }

    private StreamItem ItemOf(StreamItemKind kind, SseReader sse, Memory<byte> data, ReadOnlySpan<byte> type)
    {
        var name = IsName(sse.EventType) ? sse.EventType : NameOf(type);
        if (sse.IsMultiLine)
        {
            // Line feeds between JSON tokens are white space; within a string they would not have parsed.
            data.Span.Replace((byte)'\n', (byte)' ');
        }

        return new StreamItem { Kind = kind, Payload = data, EventType = name };
    }

    /// <summary>Servers that leave <c>event:</c> out say the same in the data; clients go by the name alone.</summary>
    private string NameOf(ReadOnlySpan<byte> type)
    {
        if (!Ascii.Equals(type, _name))
        {
            var name = type.Length <= MaxNameLength ? Encoding.UTF8.GetString(type) : "";
            _name = IsName(name) ? name : "message";
        }

        return _name;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && name.All(static c => char.IsAsciiLetterLower(c) || c == '_');
}
