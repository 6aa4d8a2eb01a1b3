using System.Buffers;

namespace BeastOrleans.Upstreams.Streaming;

/// <summary>The joined data lines of one event, bounded. Rents its memory at the first event of several lines: most streams never do.</summary>
internal sealed class SseDataBuffer(int limitBytes) : IDisposable
{
    private byte[] _bytes = [];
    private int _length;
    private bool _taken;

    public bool TryAppend(byte value) => TryAppend([value]);

    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (_taken)
        {
            _taken = false;
            _length = 0;
        }

        if (bytes.Length > limitBytes - _length)
        {
            return false;
        }

        if (bytes.Length > _bytes.Length - _length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes.Length, _bytes.Length * 2));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            Return();
            _bytes = larger;
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }

    /// <summary>The event's data; valid until the next append.</summary>
    public Memory<byte> Take()
    {
        _taken = true;
        return _bytes.AsMemory(0, _length);
    }

    public void Dispose()
    {
        Return();
        _bytes = [];
        _length = 0;
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
