namespace BeastOrleans.Core.Usage.Spool;

/// <summary>Where a frame stands: its segment's number, which a directory never uses twice, and its offset there.</summary>
public readonly record struct SpoolPosition(uint Segment, uint Offset) : IComparable<SpoolPosition>
{
    /// <summary>No frame: offset 0 is the segment's own header.</summary>
    public static SpoolPosition None => default;

    /// <summary>As it stands in frames. Later frames have greater values.</summary>
    public ulong Value => ((ulong)Segment << 32) | Offset;

    public static SpoolPosition Of(ulong value) => new((uint)(value >> 32), (uint)value);

    public int CompareTo(SpoolPosition other) => Value.CompareTo(other.Value);

    public static bool operator <(SpoolPosition left, SpoolPosition right) => left.Value < right.Value;

    public static bool operator >(SpoolPosition left, SpoolPosition right) => left.Value > right.Value;

    public static bool operator <=(SpoolPosition left, SpoolPosition right) => left.Value <= right.Value;

    public static bool operator >=(SpoolPosition left, SpoolPosition right) => left.Value >= right.Value;
}
