using System.Buffers;
using BeastOrleans.Contracts.Usage;
using Orleans.Serialization;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>Rows as bytes, in Orleans' own encoding: members are told by their ids, so another version reads what it knows.</summary>
internal sealed class UsageSerializer(Serializer<UsageRecord> serializer)
{
    private const int MaxKeptBytes = 64 * 1024;

    // A row is copied into the spool before its thread does anything else.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    /// <summary>Good until the next call on this thread.</summary>
    public ReadOnlySpan<byte> Write(UsageRecord record)
    {
        if (_scratch is null || _scratch.Capacity > MaxKeptBytes)
        {
            _scratch = new ArrayBufferWriter<byte>(4096);
        }

        _scratch.ResetWrittenCount();
        serializer.Serialize(record, _scratch);
        return _scratch.WrittenSpan;
    }

    public UsageRecord Read(ReadOnlySpan<byte> bytes) => serializer.Deserialize(bytes) ?? throw new InvalidDataException("A row of the usage spool is empty.");
}
