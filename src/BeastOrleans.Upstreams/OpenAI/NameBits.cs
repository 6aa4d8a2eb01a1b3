namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A body's top-level names as one word with a bit for each: says for nothing that a name is not there, so that most bodies are never searched for it.</summary>
internal static class NameBits
{
    /// <summary>Nothing is known: any name may be there.</summary>
    public const ulong Any = ulong.MaxValue;

    /// <param name="name">UTF-8, as it stands in the body.</param>
    public static ulong Of(ReadOnlySpan<byte> name) => name.IsEmpty ? 1 : Bit(name.Length, name[0], name[^1]);

    /// <param name="name">ASCII.</param>
    public static ulong Of(string name) => Bit(name.Length, name[0], name[^1]);

    private static ulong Bit(int length, int first, int last) => 1UL << (((length * 31) + (first * 7) + last) & 63);
}
