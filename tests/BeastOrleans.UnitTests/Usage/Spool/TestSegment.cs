using BeastOrleans.Core.Usage.Spool;

namespace BeastOrleans.UnitTests.Usage.Spool;

/// <summary>A segment in memory, filled by one writer.</summary>
internal static class TestSegment
{
    public const ulong Salt = 0x9e37_79b9_7f4a_7c15;

    private const int Tail = 200;

    public static byte[] Of(uint number, IEnumerable<(SpoolFrameKind Kind, ulong About, byte[] Payload)> frames, out int[] starts)
    {
        var list = frames.ToArray();
        var segment = new byte[SpoolCodec.SegmentHeaderBytes + list.Sum(f => SpoolCodec.FrameBytes(f.Payload.Length)) + Tail];
        SpoolCodec.WriteSegmentHeader(segment, new SpoolSegmentHeader(Salt, 3, number));
        starts = new int[list.Length];
        var next = SpoolCodec.SegmentHeaderBytes;
        for (var i = 0; i < list.Length; i++)
        {
            starts[i] = next;
            next += SpoolCodec.WriteFrame(segment, (uint)next, list[i].Kind, list[i].About, Salt, list[i].Payload);
        }

        return segment;
    }
}
