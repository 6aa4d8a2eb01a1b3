using System.Buffers;
using System.Globalization;
using System.Text;

namespace BeastOrleans.Upstreams.Streaming;

/// <summary>
/// An incremental reader of server-sent events (WHATWG HTML, section 9.2) with a bound on everything: the framework's
/// parser lets one long line take all memory. An event of one data line, the common case, is handed out without a copy.
/// Differs from the standard in one thing: at the end of the stream an event without its closing blank line is still
/// handed out, because servers forget it; a torn one does not parse as JSON and is dropped by the caller.
/// </summary>
internal sealed class SseReader(Stream stream, SseLimits limits) : IDisposable
{
    private const int FirstBuffer = 16 * 1024;

    private readonly SseDataBuffer _joined = new(limits.EventBytes);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);

    // _buffer[_start.._end] is not yet consumed; a line break is not in [_start.._scan].
    private int _start;
    private int _scan;
    private int _end;
    private long _streamBytes;
    private bool _ended;
    private bool _skipLineFeed;
    private bool _firstLine = true;
    private bool _reading;
    private bool _disposed;

    // The event being read: no data yet, one line of it in _buffer, or several in _joined.
    private int _dataLines;
    private int _dataStart;
    private int _dataLength;
    private string _pendingType = "";

    /// <summary>The data of the last event, its lines joined by LF; valid until the next read.</summary>
    public Memory<byte> Data { get; private set; }

    /// <summary>More than one data line: <see cref="Data"/> may hold line feeds.</summary>
    public bool IsMultiLine { get; private set; }

    /// <summary>The last event's name; empty when it gave none.</summary>
    public string EventType { get; private set; } = "";

    public string LastEventId { get; private set; } = "";

    /// <summary>The reconnection time the server asked for, in milliseconds.</summary>
    public int? RetryMilliseconds { get; private set; }

    /// <summary>Which bound was passed, after <see cref="SseItem.TooLarge"/>.</summary>
    public string Problem { get; private set; } = "";

    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<SseItem> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryTakeLine(out var start, out var length))
            {
                if (TakeLine(start, length) is { } item)
                {
                    return item;
                }
            }

            if (_end - _start > limits.LineBytes)
            {
                return TooLarge($"A line of the upstream's stream is longer than {limits.LineBytes} bytes.");
            }

            if (_ended)
            {
                return TakeRest();
            }

            MakeRoom();
            _reading = true;
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _reading = false;
            _ended = read == 0;
            _end += read;
            _streamBytes += read;
            if (_streamBytes > limits.StreamBytes)
            {
                return TooLarge($"The upstream's stream is longer than {limits.StreamBytes} bytes.");
            }
        }
    }

    /// <summary>Gives the buffers back, unless a read is still writing into one of them.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _joined.Dispose();
        if (!_reading)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    /// <summary>Takes the next whole line, without its break (LF, CR LF or CR).</summary>
    private bool TryTakeLine(out int start, out int length)
    {
        // A CR ends its line at once; whether an LF belongs to it may only be known with the next chunk.
        if (_skipLineFeed && _scan < _end)
        {
            _skipLineFeed = false;
            if (_buffer[_scan] == (byte)'\n')
            {
                _start = ++_scan;
            }
        }

        var found = _buffer.AsSpan(_scan, _end - _scan).IndexOfAny((byte)'\n', (byte)'\r');
        start = _start;
        if (found < 0)
        {
            _scan = _end;
            length = 0;
            return false;
        }

        var at = _scan + found;
        length = at - start;
        _skipLineFeed = _buffer[at] == (byte)'\r';
        _start = _scan = at + 1;
        return true;
    }

    /// <summary>One line: null = read on.</summary>
    private SseItem? TakeLine(int start, int length)
    {
        if (length > limits.LineBytes)
        {
            return TooLarge($"A line of the upstream's stream is longer than {limits.LineBytes} bytes.");
        }

        if (_firstLine)
        {
            _firstLine = false;
            if (_buffer.AsSpan(start, length).StartsWith("\uFEFF"u8))
            {
                start += 3;
                length -= 3;
            }
        }

        if (length == 0)
        {
            return TakeEvent();
        }

        // Only an event's last line may stay where it was read: anything behind it could move or overwrite it.
        if (_dataLines == 1 && _dataLength >= 0 && !Join())
        {
            return TooLarge($"An event of the upstream's stream is longer than {limits.EventBytes} bytes.");
        }

        var line = _buffer.AsSpan(start, length);
        if (line[0] == (byte)':')
        {
            return SseItem.Comment;
        }

        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? line : line[..colon];
        var valueStart = colon < 0 ? length : colon + 1;
        if (valueStart < length && line[valueStart] == (byte)' ')
        {
            valueStart++;
        }

        if (name.SequenceEqual("data"u8))
        {
            return TakeData(start + valueStart, length - valueStart);
        }

        TakeField(name, line[valueStart..]);
        return null;
    }

    private SseItem? TakeData(int start, int length)
    {
        _dataLines++;
        if (_dataLines == 1)
        {
            (_dataStart, _dataLength) = (start, length);
            return null;
        }

        return _joined.TryAppend((byte)'\n') && _joined.TryAppend(_buffer.AsSpan(start, length))
            ? null
            : TooLarge($"An event of the upstream's stream is longer than {limits.EventBytes} bytes.");
    }

    private void TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("event"u8))
        {
            _pendingType = Ascii.Equals(value, EventType) ? EventType : Encoding.UTF8.GetString(value);
        }
        else if (name.SequenceEqual("id"u8))
        {
            if (!value.Contains((byte)0))
            {
                LastEventId = Encoding.UTF8.GetString(value);
            }
        }
        else if (name.SequenceEqual("retry"u8) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            RetryMilliseconds = milliseconds;
        }
    }

    /// <summary>The blank line: hands the event out, or forgets its name when it has no data.</summary>
    private SseItem? TakeEvent()
    {
        var lines = _dataLines;
        var type = _pendingType;
        _pendingType = "";
        _dataLines = 0;
        if (lines == 0)
        {
            return null;
        }

        EventType = type;
        IsMultiLine = lines > 1;
        Data = _dataLength >= 0 ? _buffer.AsMemory(_dataStart, _dataLength) : _joined.Take();
        return SseItem.Event;
    }

    private bool Join()
    {
        var fits = _joined.TryAppend(_buffer.AsSpan(_dataStart, _dataLength));
        _dataLength = -1;
        return fits;
    }

    private SseItem TakeRest()
    {
        if (_start < _end)
        {
            var (start, length) = (_start, _end - _start);
            _start = _scan = _end;
            if (TakeLine(start, length) is { } item)
            {
                return item;
            }
        }

        return TakeEvent() ?? SseItem.End;
    }

    /// <summary>Moves what is still needed to the front, and grows when that is not enough: never beyond one data line and one line.</summary>
    private void MakeRoom()
    {
        var pending = _dataLines == 1 && _dataLength >= 0;
        var keep = pending ? _dataStart : _start;
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            (_start, _scan, _end) = (_start - keep, _scan - keep, _end - keep);
            _dataStart = 0;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private SseItem TooLarge(string problem)
    {
        Problem = problem;
        return SseItem.TooLarge;
    }
}
