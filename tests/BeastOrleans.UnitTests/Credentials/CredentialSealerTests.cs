using System.Security.Cryptography;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Credentials;
using Xunit;

namespace BeastOrleans.UnitTests.Credentials;

public sealed class CredentialSealerTests
{
    private const string Secret = "sk-live-0123456789abcdef";
    private const string Owner = "t:acme";
    private const string Name = "openai";
    private const string Origin = "https://api.openai.com:443";

    private static string Keys(string current, params string[] ids) =>
        $$"""{"current":"{{current}}","keys":{ {{string.Join(",", ids.Select(id => $"\"{id}\":\"{Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)))}\""))}} } }""";

    private static CredentialSealer Sealer(string current = "k1", params string[] ids) =>
        new(MasterKeyRing.Load(new CredentialOptions { MasterKeys = Keys(current, ids.Length == 0 ? [current] : ids) }));

    private static SealedCredential Seal() => Sealer().Seal(Secret, Owner, Name, Origin, 7);

    [Fact]
    public void Open_SameOwnerNameAndOrigin_GivesTheSecret() =>
        Assert.Equal(Secret, Sealer().Open(Seal(), Owner, Name, Origin).Secret);

    [Theory]
    [InlineData("t:other", Name, Origin)]
    [InlineData(Owner, "anthropic", Origin)]
    [InlineData(Owner, Name, "https://evil.example:443")]
    public void Open_BoundToAnother_Fails(string owner, string name, string origin)
    {
        var opened = Sealer().Open(Seal(), owner, name, origin);

        Assert.Null(opened.Secret);
        Assert.NotEqual(CredentialError.None, opened.Error);
    }

    [Fact]
    public void Open_MovedToAnotherOriginOrVersionInTheRow_Fails()
    {
        Assert.Null(Sealer().Open(Seal() with { Origin = "https://evil.example:443" }, Owner, Name, "https://evil.example:443").Secret);
        Assert.Null(Sealer().Open(Seal() with { Version = 8 }, Owner, Name, Origin).Secret);
    }

    [Fact]
    public void Open_EveryFlippedByte_Fails()
    {
        var credential = Seal();
        var cipher = Convert.FromBase64String(credential.Ciphertext);
        for (var i = 0; i < cipher.Length; i++)
        {
            var broken = (byte[])cipher.Clone();
            broken[i] ^= 1;
            Assert.Null(Sealer().Open(credential with { Ciphertext = Convert.ToBase64String(broken) }, Owner, Name, Origin).Secret);
        }
    }

    [Fact]
    public void Open_AfterRotation_StillOpensWhatTheOldKeySealed()
    {
        var rotated = Sealer("k2", "k1", "k2");

        Assert.Equal(Secret, rotated.Open(Seal(), Owner, Name, Origin).Secret);
        Assert.Equal("k2", rotated.Seal(Secret, Owner, Name, Origin, 8).KeyId);
    }

    [Fact]
    public void Open_KeyGone_FailsWithoutThrowing() =>
        Assert.NotEqual(CredentialError.None, Sealer("k9").Open(Seal(), Owner, Name, Origin).Error);

    [Fact]
    public void Seal_Twice_NeverGivesTheSameBytesOrTheSecret()
    {
        var (a, b) = (Seal(), Seal());

        Assert.NotEqual(a.Ciphertext, b.Ciphertext);
        Assert.NotEqual(a.WrappedKey, b.WrappedKey);
        Assert.DoesNotContain(Secret, System.Text.Json.JsonSerializer.Serialize(a), StringComparison.Ordinal);
        Assert.Equal("cdef", a.Last4);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"current":"k1","keys":{"k1":"c2hvcnQ="}}""")]
    [InlineData("""{"current":"k2","keys":{"k1":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""")]
    public void Load_UnusableKeys_SaysSoInOneLine(string keys)
    {
        var failure = Assert.Throws<MasterKeyException>(() => MasterKeyRing.Load(new CredentialOptions { MasterKeys = keys }));

        Assert.DoesNotContain('\n', failure.Message);
    }
}
