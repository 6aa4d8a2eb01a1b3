using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>
/// The secret text of a virtual key: <c>bst_</c>, 256 random bits as 43 base64url characters, and 6 characters of
/// checksum, so that a mistyped or made-up key is refused without a look-up (the idea is GitHub's token format).
/// </summary>
internal static class VirtualKeySecret
{
    public const int Length = 4 + RandomLength + ChecksumLength;
    private const string Prefix = "bst_";
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;

    public static string Create()
    {
        var body = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return body + Checksum(body);
    }

    /// <summary>The public id of a key, by its digest in hex: 96 bits, enough to be unique and too few to help anybody.</summary>
    public static string KeyIdOf(string digestHex) => "key_" + digestHex[..24];

    /// <summary>Says whether the text can be a key of ours; the digest of one that can.</summary>
    public static bool TryDigest(ReadOnlySpan<char> text, out KeyDigest digest)
    {
        digest = default;
        if (text.Length != Length || !text.StartsWith(Prefix) || !System.Text.Ascii.IsValid(text))
        {
            return false;
        }

        Span<byte> ascii = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(text, ascii);
        Span<char> expected = stackalloc char[ChecksumLength];
        WriteChecksum(ascii[..^ChecksumLength], expected);
        if (!text[^ChecksumLength..].SequenceEqual(expected))
        {
            return false;
        }

        digest = KeyDigest.Of(ascii);
        return true;
    }

    private static string Checksum(string body)
    {
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(Encoding.ASCII.GetBytes(body), checksum);
        return new string(checksum);
    }

    // Not a secret and not a signature: CRC-32 in base 64 catches typing mistakes at a tenth of a hash's price.
    private static void WriteChecksum(ReadOnlySpan<byte> body, Span<char> checksum)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var crc = 0xFFFFFFFFu;
        foreach (var b in body)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        }

        for (var i = 0; i < ChecksumLength; i++)
        {
            checksum[i] = Alphabet[(int)(crc & 63)];
            crc >>= 6;
        }
    }
}
