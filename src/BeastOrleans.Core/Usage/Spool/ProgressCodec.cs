using System.Buffers.Binary;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage.Spool;

/// <summary>The payload of <see cref="SpoolFrameKind.Progress"/>: six numbers of eight bytes.</summary>
public static class ProgressCodec
{
    public const int Bytes = 48;

    public static void Write(Span<byte> target, TokenUsage tokens)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, tokens.Input);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], tokens.Output);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], tokens.CachedInput);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], tokens.CacheWrite);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], tokens.Reasoning);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], (long)tokens.Source);
    }

    /// <returns>Null when these bytes are none.</returns>
    public static TokenUsage? Read(ReadOnlySpan<byte> payload) => payload.Length != Bytes
        ? null
        : new TokenUsage
        {
            Input = BinaryPrimitives.ReadInt64LittleEndian(payload),
            Output = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
            CachedInput = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]),
            CacheWrite = BinaryPrimitives.ReadInt64LittleEndian(payload[24..]),
            Reasoning = BinaryPrimitives.ReadInt64LittleEndian(payload[32..]),
            Source = (UsageSource)BinaryPrimitives.ReadInt64LittleEndian(payload[40..]),
        };
}
