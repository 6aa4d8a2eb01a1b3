using System.Security.Cryptography;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains.Credentials;
using Xunit;

namespace BeastOrleans.UnitTests.Credentials;

public sealed class CredentialSealerTests
{
    private const string Origin = "https://api.openai.com:443";
    private const string Secret = "sk-proj-0123456789";

    private readonly string _k1 = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly CredentialSealer _sealer;

    public CredentialSealerTests() => _sealer = Sealer($$$"""{"current":"k1","keys":{"k1":"{{{_k1}}}"}}""");

    [Theory]
    [InlineData(Secret)]
    [InlineData("x")]
    [InlineData("schlüssel-🔑")]
    public void Open_ForTheSameOwnerNameAndOrigin_GivesTheSecret(string secret)
    {
        var sealedCredential = _sealer.Seal(secret, "t:acme", "openai", Origin, 3);

        Assert.Equal(secret, _sealer.Open(sealedCredential, "t:acme", "openai", Origin).Secret);
        Assert.DoesNotContain(secret, sealedCredential.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ForAnotherOrigin_IsRefusedBeforeAnythingIsDecrypted()
    {
        var sealedCredential = _sealer.Seal(Secret, "t:acme", "openai", Origin, 3);

        AssertShut(CredentialError.OtherOrigin, _sealer.Open(sealedCredential, "t:acme", "openai", "https://evil.example:443"));
    }

    [Fact]
    public void Open_WithAnythingBoundChanged_IsNotAuthentic()
    {
        var sealedCredential = _sealer.Seal(Secret, "t:acme", "openai", Origin, 3);

        AssertShut(CredentialError.NotAuthentic, _sealer.Open(sealedCredential, "t:umbrella", "openai", Origin));
        AssertShut(CredentialError.NotAuthentic, _sealer.Open(sealedCredential, "t:acme", "anthropic", Origin));
        AssertShut(CredentialError.NotAuthentic, _sealer.Open(sealedCredential with { Version = 4 }, "t:acme", "openai", Origin));
        AssertShut(
            CredentialError.NotAuthentic,
            _sealer.Open(sealedCredential with { Origin = "https://evil.example:443" }, "t:acme", "openai", "https://evil.example:443"));
    }

    [Fact]
    public void Open_WithPartsMovedAcrossTheirBoundary_IsNotAuthentic()
    {
        var sealedCredential = _sealer.Seal(Secret, "t:acme", "openai", Origin, 3);

        AssertShut(CredentialError.NotAuthentic, _sealer.Open(sealedCredential, "t:acmeo", "penai", Origin));
    }

    [Fact]
    public void Open_OfAnAlteredOrMixedMessage_IsNotAuthentic()
    {
        var one = _sealer.Seal(Secret, "t:acme", "openai", Origin, 3);
        var other = _sealer.Seal(Secret, "t:acme", "openai", Origin, 3);
        foreach (var text in new[] { "", "AAAA", "not base64!", Flip(one.Ciphertext, 0), Flip(one.Ciphertext, 20), other.Ciphertext })
        {
            AssertShut(CredentialError.NotAuthentic, _sealer.Open(one with { Ciphertext = text }, "t:acme", "openai", Origin));
        }

        AssertShut(CredentialError.NotAuthentic, _sealer.Open(one with { WrappedKey = Flip(one.WrappedKey, 15) }, "t:acme", "openai", Origin));
    }

    [Fact]
    public void Seal_Twice_GivesDifferentCiphertexts()
    {
        Assert.NotEqual(
            _sealer.Seal(Secret, "p", "openai", Origin, 1).Ciphertext, _sealer.Seal(Secret, "p", "openai", Origin, 1).Ciphertext);
    }

    [Fact]
    public void Open_AfterARotation_StillOpensWhatTheFormerKeySealed()
    {
        var former = _sealer.Seal(Secret, "p", "openai", Origin, 1);
        var k2 = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var rotated = Sealer($$$"""{"current":"k2","keys":{"k1":"{{{_k1}}}","k2":"{{{k2}}}"}}""");
        var without = Sealer($$$"""{"current":"k2","keys":{"k2":"{{{k2}}}"}}""");

        Assert.Equal(Secret, rotated.Open(former, "p", "openai", Origin).Secret);
        Assert.Equal("k2", rotated.Seal(Secret, "p", "openai", Origin, 1).KeyId);
        AssertShut(CredentialError.UnknownKey, without.Open(former, "p", "openai", Origin));
    }

    [Fact]
    public void Open_UnderAnotherKeyOfTheSameName_IsNotAuthentic()
    {
        var other = Sealer($$$"""{"current":"k1","keys":{"k1":"{{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}"}}""");

        AssertShut(CredentialError.NotAuthentic, other.Open(_sealer.Seal(Secret, "p", "openai", Origin, 1), "p", "openai", Origin));
    }

    [Theory]
    [InlineData("sk-0123456789", "6789")]
    [InlineData("123456789012", "9012")]
    [InlineData("12345678901", "")]
    public void Seal_KeepsFourCharactersForPeople_UnlessTheSecretIsShort(string secret, string last4)
    {
        Assert.Equal(last4, _sealer.Seal(secret, "p", "openai", Origin, 1).Last4);
    }

    [Theory]
    [InlineData("https://API.OpenAI.com/v1", "https://api.openai.com:443")]
    [InlineData("http://127.0.0.1:9001/v1", "http://127.0.0.1:9001")]
    [InlineData("http://[::1]:9001/", "http://[::1]:9001")]
    [InlineData("https://user@host.example/v1", "https://host.example:443")]
    public void OriginOf_IsSchemeHostAndPort(string address, string origin)
    {
        Assert.Equal(origin, CredentialSealer.OriginOf(new Uri(address)));
    }

    [Fact]
    public void OwnerText_OfAUser_IsNoOtherOwners()
    {
        var acme = TenantId.Parse("acme");
        string[] texts =
        [
            CredentialSealer.OwnerText(EndpointOwner.Platform),
            CredentialSealer.OwnerText(EndpointOwner.OfTenant(acme)),
            CredentialSealer.OwnerText(EndpointOwner.OfUser(acme, UserId.Parse("alice"))),
            CredentialSealer.OwnerText(EndpointOwner.OfUser(acme, UserId.Parse("/u:alice"))),
        ];

        Assert.Equal(texts.Length, texts.Distinct().Count());
    }

    private static CredentialSealer Sealer(string keys) => new(MasterKeyRing.Load(new CredentialOptions { MasterKeys = keys }));

    private static void AssertShut(CredentialError error, CredentialOpening opening)
    {
        Assert.Equal(error, opening.Error);
        Assert.Null(opening.Secret);
    }

    private static string Flip(string base64, int index)
    {
        var bytes = Convert.FromBase64String(base64);
        bytes[index] ^= 1;
        return Convert.ToBase64String(bytes);
    }
}
