using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace BeastOrleans.Core.Usage.Spool;

/// <summary>
/// The bytes of a usage spool. Little-endian; every frame begins at a multiple of 8:
/// <code>
///   segment  0 "BEASTSP1"  8 salt  16 epoch  24 number  32 CRC32C of 0..31   (64 bytes)
///   frame    0 payload length (4), CRC32C (4)   8 kind (1), mark (7)   16 about (8)   24 payload, zeros up to 8
/// </code>
/// Writers reserve their places at once and fill them in any order, so a killed process leaves holes in the middle: a reader
/// walks on in steps of 8 to the next frame that proves itself. The mark comes from the segment's random salt, and the CRC
/// covers salt and place as well: bytes that a caller put into a payload cannot pass for a frame.
/// </summary>
public static class SpoolCodec
{
    public const int Alignment = 8;

    public const int SegmentHeaderBytes = 64;

    public const int FrameHeaderBytes = 24;

    /// <summary>Of a whole frame, bytes.</summary>
    public const int MaxFrameBytes = 1024 * 1024;

    public const int MaxPayloadBytes = MaxFrameBytes - FrameHeaderBytes;

    private const int CheckedHeaderBytes = 32;

    private static ReadOnlySpan<byte> Magic => "BEASTSP1"u8;

    /// <summary>What a frame takes up.</summary>
    public static int FrameBytes(int payloadLength) => (FrameHeaderBytes + payloadLength + Alignment - 1) & ~(Alignment - 1);

    public static void WriteSegmentHeader(Span<byte> target, SpoolSegmentHeader header)
    {
        target[..SegmentHeaderBytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], header.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], header.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], header.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], Crc(0, target[..CheckedHeaderBytes]));
    }

    /// <returns>False when these bytes are no segment.</returns>
    public static bool TryReadSegmentHeader(ReadOnlySpan<byte> segment, out SpoolSegmentHeader header)
    {
        header = default;
        if (segment.Length < SegmentHeaderBytes
            || !segment.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(segment[32..]) != Crc(0, segment[..CheckedHeaderBytes])
            || BinaryPrimitives.ReadInt64LittleEndian(segment[24..]) is not (> 0 and <= uint.MaxValue and var number))
        {
            return false;
        }

        header = new SpoolSegmentHeader(BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]), BinaryPrimitives.ReadInt64LittleEndian(segment[16..]), (uint)number);
        return true;
    }

    /// <summary>The first eight bytes of a frame, which make it one: they are written last, in one store.</summary>
    public static ulong Seal(SpoolFrameKind kind, ulong about, ulong salt, uint offset, ReadOnlySpan<byte> payload) =>
        ((ulong)FrameCrc(kind, about, salt, offset, payload) << 32) | (uint)payload.Length;

    /// <summary>The second eight bytes.</summary>
    public static ulong Mark(SpoolFrameKind kind, ulong salt) => (salt << 8) | (byte)kind;

    /// <summary>Writes a whole frame at once; what writes to a mapped file does it in parts.</summary>
    /// <returns>The bytes it takes up.</returns>
    public static int WriteFrame(Span<byte> segment, uint offset, SpoolFrameKind kind, ulong about, ulong salt, ReadOnlySpan<byte> payload)
    {
        var frame = segment.Slice((int)offset, FrameBytes(payload.Length));
        frame.Clear();
        payload.CopyTo(frame[FrameHeaderBytes..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[16..], about);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], Mark(kind, salt));
        BinaryPrimitives.WriteUInt64LittleEndian(frame, Seal(kind, about, salt, offset, payload));
        return frame.Length;
    }

    /// <returns>False when no whole frame stands there.</returns>
    /// <param name="window">Bytes of the segment from <paramref name="offset"/> on.</param>
    public static bool TryReadFrame(ReadOnlySpan<byte> window, uint offset, ulong salt, out SpoolFrame frame)
    {
        frame = default;
        if (window.Length < FrameHeaderBytes)
        {
            return false;
        }

        // The mark is looked at first: seven bytes that only this segment has, so no length made of payload is believed.
        var mark = BinaryPrimitives.ReadUInt64LittleEndian(window[8..]);
        var kind = (SpoolFrameKind)(byte)mark;
        if (kind is < SpoolFrameKind.Intent or > SpoolFrameKind.Acknowledged || mark != Mark(kind, salt))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(window);
        if (length > MaxPayloadBytes || FrameBytes((int)length) > window.Length)
        {
            return false;
        }

        var about = BinaryPrimitives.ReadUInt64LittleEndian(window[16..]);
        var payload = window.Slice(FrameHeaderBytes, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(window[4..]) != FrameCrc(kind, about, salt, offset, payload))
        {
            return false;
        }

        frame = new SpoolFrame(kind, offset, about, payload);
        return true;
    }

    private static uint FrameCrc(SpoolFrameKind kind, ulong about, ulong salt, uint offset, ReadOnlySpan<byte> payload)
    {
        var crc = BitOperations.Crc32C(~0u, salt);
        crc = BitOperations.Crc32C(crc, ((ulong)offset << 32) | (uint)payload.Length);
        crc = BitOperations.Crc32C(crc, about);
        crc = BitOperations.Crc32C(crc, (byte)kind);
        return Crc(crc, payload);
    }

    private static uint Crc(uint seed, ReadOnlySpan<byte> bytes)
    {
        var crc = seed;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var one in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}

/// <summary>How a segment begins.</summary>
/// <param name="Salt">Random.</param>
/// <param name="Epoch">The start of the gateway that made it.</param>
public readonly record struct SpoolSegmentHeader(ulong Salt, long Epoch, uint Number);

/// <summary>One frame, as long as the bytes under it last.</summary>
public readonly ref struct SpoolFrame(SpoolFrameKind kind, uint offset, ulong about, ReadOnlySpan<byte> payload)
{
    public SpoolFrameKind Kind { get; } = kind;

    public uint Offset { get; } = offset;

    /// <summary>The frame that it speaks of.</summary>
    public SpoolPosition About { get; } = SpoolPosition.Of(about);

    public ReadOnlySpan<byte> Payload { get; } = payload;
}
