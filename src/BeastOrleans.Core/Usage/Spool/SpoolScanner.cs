namespace BeastOrleans.Core.Usage.Spool;

/// <summary>All whole frames of a segment in their order, over holes, a torn tail and damage.</summary>
public ref struct SpoolScanner(ReadOnlySpan<byte> segment, ulong salt)
{
    private readonly ReadOnlySpan<byte> _segment = segment;
    private int _next = SpoolCodec.SegmentHeaderBytes;

    public SpoolFrame Current { get; private set; }

    public bool MoveNext()
    {
        while (_next + SpoolCodec.FrameHeaderBytes <= _segment.Length)
        {
            var window = _segment[_next..];
            if (SpoolCodec.TryReadFrame(window, (uint)_next, salt, out var frame))
            {
                Current = frame;
                _next += SpoolCodec.FrameBytes(frame.Payload.Length);
                return true;
            }

            // Most of what is no frame is a tail of zeros: it is passed over at the speed of memory.
            var content = window[1..].IndexOfAnyExcept((byte)0);
            if (content < 0)
            {
                break;
            }

            // A frame's first eight bytes may be all that was not written (then it is none) or begin with zeros (an empty payload).
            _next += Math.Max(SpoolCodec.Alignment, (content + 1 - SpoolCodec.Alignment) & ~(SpoolCodec.Alignment - 1));
        }

        return false;
    }
}
