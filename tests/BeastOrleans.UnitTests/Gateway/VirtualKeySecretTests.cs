using BeastOrleans.Gateway.Authentication;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class VirtualKeySecretTests
{
    [Fact]
    public void Create_HasPrefixRandomAndChecksum()
    {
        var secret = VirtualKeySecret.Create();
        Assert.Matches("^bst_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$", secret);
        Assert.Equal(53, VirtualKeySecret.Length);
    }

    [Fact]
    public void Create_NeverRepeats() =>
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => VirtualKeySecret.Create()).Distinct().Count());

    [Fact]
    public void TryDigest_OfACreatedOne_IsItsSha256()
    {
        var secret = VirtualKeySecret.Create();
        Assert.True(VirtualKeySecret.TryDigest(secret, out var digest));
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(secret))),
            digest.ToHex());
        Assert.True(KeyDigest.TryParseHex(digest.ToHex(), out var parsed));
        Assert.Equal(digest, parsed);
    }

    [Fact]
    public void TryDigest_AnyOneCharacterChanged_IsRefused()
    {
        var secret = VirtualKeySecret.Create();
        for (var i = 0; i < secret.Length; i++)
        {
            var other = secret[i] == 'A' ? 'B' : 'A';
            Assert.False(VirtualKeySecret.TryDigest(secret[..i] + other + secret[(i + 1)..], out _), $"A change at {i} was not seen.");
        }
    }

    [Fact]
    public void TryDigest_TwoCharactersSwapped_IsRefused()
    {
        var secret = VirtualKeySecret.Create();
        for (var i = 4; i + 1 < secret.Length; i++)
        {
            if (secret[i] != secret[i + 1])
            {
                Assert.False(VirtualKeySecret.TryDigest(secret[..i] + secret[i + 1] + secret[i] + secret[(i + 2)..], out _));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("bst_")]
    [InlineData("sk-0123456789012345678901234567890123456789012345678")]
    public void TryDigest_NotOfOurForm_IsRefused(string text) => Assert.False(VirtualKeySecret.TryDigest(text, out _));

    [Fact]
    public void TryDigest_CutLongerOrNotAscii_IsRefused()
    {
        var secret = VirtualKeySecret.Create();
        Assert.False(VirtualKeySecret.TryDigest(secret.AsSpan(..^1), out _));
        Assert.False(VirtualKeySecret.TryDigest(secret + "A", out _));
        Assert.False(VirtualKeySecret.TryDigest(" " + secret, out _));
        Assert.False(VirtualKeySecret.TryDigest("BST_" + secret[4..], out _));
        Assert.False(VirtualKeySecret.TryDigest(secret[..20] + 'é' + secret[21..], out _));
    }
}
