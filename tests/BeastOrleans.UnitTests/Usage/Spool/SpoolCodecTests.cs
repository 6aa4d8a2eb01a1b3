using BeastOrleans.Core.Usage.Spool;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage.Spool;

public sealed class SpoolCodecTests
{
    private static readonly Gen<Written> OneFrame = Gen.Select(Gen.Int[1, 4], Gen.ULong, Gen.Byte.Array[0, 300])
        .Select(f => new Written((SpoolFrameKind)f.Item1, f.Item2, f.Item3));

    [Fact]
    public void Scan_WhatWasWritten_ComesBack() => OneFrame.Array[0, 20].Sample(frames =>
    {
        var segment = SegmentOf(frames, out _);
        Assert.Equal(frames.Select(Show), Scan(segment));
    });

    [Fact]
    public void SegmentHeader_OneBitFlipped_IsNone() => Gen.Int[0, (32 * 8) - 1].Sample(bit =>
    {
        var segment = SegmentOf([], out _);
        Assert.True(SpoolCodec.TryReadSegmentHeader(segment, out var header));
        Assert.Equal(new SpoolSegmentHeader(TestSegment.Salt, 3, 7), header);
        segment[bit / 8] ^= (byte)(1 << (bit % 8));
        Assert.False(SpoolCodec.TryReadSegmentHeader(segment, out _));
    });

    [Fact]
    public void Scan_TornTail_LosesNothingBeforeIt() =>
        Gen.Select(OneFrame.Array[1, 20], Gen.Double.Unit).Sample((frames, share) =>
        {
            var segment = SegmentOf(frames, out var starts);
            var cut = (int)(segment.Length * share);
            var whole = frames.TakeWhile((f, i) => starts[i] + SpoolCodec.FrameBytes(f.Payload.Length) <= cut).Select(Show);
            Assert.Equal(whole, Scan(segment.AsSpan(0, cut)));
        });

    [Fact]
    public void Scan_ZeroedOrFlippedStretch_LosesOnlyWhatItTouches() =>
        Gen.Select(OneFrame.Array[1, 20], Gen.Double.Unit, Gen.Double.Unit, Gen.Bool, Gen.Byte[1, 255]).Sample((frames, from, share, zeroes, flip) =>
        {
            var segment = SegmentOf(frames, out var starts);
            var start = SpoolCodec.SegmentHeaderBytes + (int)((segment.Length - SpoolCodec.SegmentHeaderBytes) * from);
            var end = start + (int)((segment.Length - start) * share);
            var before = segment.ToArray();
            for (var i = start; i < end; i++)
            {
                segment[i] = zeroes ? (byte)0 : (byte)(segment[i] ^ flip);
            }

            // Padding proves nothing, and a zero over a zero changes nothing: a frame is lost when one of its own bytes changed.
            var kept = frames.Where((f, i) => before.AsSpan(starts[i], SpoolCodec.FrameHeaderBytes + f.Payload.Length)
                .SequenceEqual(segment.AsSpan(starts[i], SpoolCodec.FrameHeaderBytes + f.Payload.Length))).Select(Show);
            Assert.Equal(kept, Scan(segment));
        });

    [Fact]
    public void Scan_HolesInTheMiddle_ArePassedOver() =>
        Gen.Select(OneFrame.Array[1, 20], Gen.Bool.Array[20], Gen.Bool.Array[20]).Sample((frames, unpublished, unwritten) =>
        {
            // A killed writer leaves its place untouched, or filled but for the first eight bytes.
            var segment = SegmentOf(frames, out var starts);
            for (var i = 0; i < frames.Length; i++)
            {
                if (unpublished[i])
                {
                    segment.AsSpan(starts[i], unwritten[i] ? SpoolCodec.FrameBytes(frames[i].Payload.Length) : 8).Clear();
                }
            }

            Assert.Equal(frames.Where((_, i) => !unpublished[i]).Select(Show), Scan(segment));
        });

    [Fact]
    public void Scan_FrameInsideAPayload_IsNotBelieved()
    {
        // Not even one with the segment's own salt: it stands in another place than the one that it was sealed for.
        var forged = new byte[64];
        SpoolCodec.WriteFrame(forged, 0, SpoolFrameKind.Settle, 0, TestSegment.Salt, "forged"u8);
        var segment = SegmentOf([new Written(SpoolFrameKind.Intent, 0, forged)], out var starts);
        segment[starts[0]] ^= 1;
        Assert.Empty(Scan(segment));
    }

    [Fact]
    public void TryReadFrame_LengthBeyondTheBound_IsNone()
    {
        var segment = new byte[SpoolCodec.MaxFrameBytes + 4_096];
        SpoolCodec.WriteFrame(segment, 64, SpoolFrameKind.Settle, 0, TestSegment.Salt, new byte[SpoolCodec.MaxPayloadBytes + 8]);
        Assert.False(SpoolCodec.TryReadFrame(segment.AsSpan(64), 64, TestSegment.Salt, out _));
        SpoolCodec.WriteFrame(segment, 64, SpoolFrameKind.Settle, 0, TestSegment.Salt, new byte[SpoolCodec.MaxPayloadBytes]);
        Assert.True(SpoolCodec.TryReadFrame(segment.AsSpan(64), 64, TestSegment.Salt, out _));
    }

    private static byte[] SegmentOf(Written[] frames, out int[] starts) => TestSegment.Of(7, frames.Select(f => (f.Kind, f.About, f.Payload)), out starts);

    private static List<string> Scan(ReadOnlySpan<byte> segment)
    {
        var found = new List<string>();
        var scanner = new SpoolScanner(segment, TestSegment.Salt);
        while (scanner.MoveNext())
        {
            found.Add(Show(new Written(scanner.Current.Kind, scanner.Current.About.Value, scanner.Current.Payload.ToArray())));
        }

        return found;
    }

    private static string Show(Written frame) => $"{frame.Kind} {frame.About} {Convert.ToHexString(frame.Payload)}";

    private sealed record Written(SpoolFrameKind Kind, ulong About, byte[] Payload);
}
