using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>SHA-256 of a key: the whole of it is the cache's key, so no two keys can meet.</summary>
internal readonly record struct KeyDigest(ulong A, ulong B, ulong C, ulong D)
{
    public static KeyDigest Of(ReadOnlySpan<byte> secret)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(secret, hash);
        var words = MemoryMarshal.Cast<byte, ulong>(hash);
        return new KeyDigest(words[0], words[1], words[2], words[3]);
    }

    /// <summary>Lower-case hex, as grain keys and change messages carry it.</summary>
    public string ToHex()
    {
        Span<ulong> words = [A, B, C, D];
        return Convert.ToHexStringLower(MemoryMarshal.AsBytes(words));
    }

    public static bool TryParseHex(string text, out KeyDigest digest)
    {
        digest = default;
        Span<byte> hash = stackalloc byte[32];
        if (text.Length != 64 || Convert.FromHexString(text, hash, out _, out _) != OperationStatusDone)
        {
            return false;
        }

        var words = MemoryMarshal.Cast<byte, ulong>(hash);
        digest = new KeyDigest(words[0], words[1], words[2], words[3]);
        return true;
    }

    private const System.Buffers.OperationStatus OperationStatusDone = System.Buffers.OperationStatus.Done;

    public override int GetHashCode() => (int)A;
}
