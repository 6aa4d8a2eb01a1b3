using System.Security.Cryptography;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.UnitTests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BeastOrleans.UnitTests.Credentials;

public sealed class KeyRotationTests : IDisposable
{
    private const string Origin = "https://api.openai.com:443";
    private const string Secret = "sk-proj-0123456789";

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MasterKeys _keys;
    private readonly CredentialSealer _sealer;

    public KeyRotationTests()
    {
        _keys = MasterKeys.Load(new CredentialOptions { MasterKeyFile = FilePath, MayCreate = true }, _time, NullLogger<MasterKeys>.Instance);
        _sealer = new CredentialSealer(_keys);
    }

    private string FilePath => Path.Combine(_directory.Path, "keys.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Rotate_KeepsEveryKey_AndIsReadByARunningRing()
    {
        var old = _sealer.Seal(Secret, "t:acme", "openai", Origin, 1);
        Assert.Equal("k2", MasterKeyFile.Rotate(FilePath));
        Assert.Equal("k1", _sealer.Seal(Secret, "t:acme", "openai", Origin, 2).KeyId);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("k2", _sealer.Seal(Secret, "t:acme", "openai", Origin, 3).KeyId);
        Assert.Equal(Secret, _sealer.Open(old, "t:acme", "openai", Origin).Secret);
        Assert.Equal(("k2", "k1,k2"), (MasterKeyCommands.Describe(FilePath).Current, string.Join(',', MasterKeyCommands.Describe(FilePath).Ids)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }

        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Open_OfACredentialUnderAKeyThatJustCame_ReadsTheFileAtOnce()
    {
        MasterKeyFile.Rotate(FilePath);
        var elsewhere = new CredentialSealer(MasterKeyRing.Load(new CredentialOptions { MasterKeyFile = FilePath }));
        var fresh = elsewhere.Seal(Secret, "t:acme", "openai", Origin, 1);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(Secret, _sealer.Open(fresh, "t:acme", "openai", Origin).Secret);
    }

    [Fact]
    public void Rewrap_ChangesTheWrappingAlone()
    {
        var old = _sealer.Seal(Secret, "t:acme", "openai", Origin, 1);
        MasterKeyFile.Rotate(FilePath);
        _time.Advance(TimeSpan.FromSeconds(2));
        var rewrapped = _sealer.Rewrap(old, "t:acme", "openai", "k2");

        Assert.Equal(old with { KeyId = "k2", WrappedKey = rewrapped.WrappedKey }, rewrapped);
        Assert.NotEqual(old.WrappedKey, rewrapped.WrappedKey);
        Assert.Same(rewrapped, _sealer.Rewrap(rewrapped, "t:acme", "openai", "k2"));

        // The former key is needed no more.
        var document = MasterKeyRing.ReadDocument(FilePath);
        var k2Only = $$$"""{"current":"k2","keys":{"k2":"{{{document.Keys!["k2"]}}}"}}""";
        var later = new CredentialSealer(MasterKeyRing.Load(new CredentialOptions { MasterKeys = k2Only }));
        Assert.Equal(Secret, later.Open(rewrapped, "t:acme", "openai", Origin).Secret);
        Assert.Equal(CredentialError.UnknownKey, later.Open(old, "t:acme", "openai", Origin).Error);
    }

    [Fact]
    public void Rewrap_OfWhatDoesNotOpen_LeavesItAsItIs()
    {
        var old = _sealer.Seal(Secret, "t:acme", "openai", Origin, 1);
        MasterKeyFile.Rotate(FilePath);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Same(old, _sealer.Rewrap(old, "t:umbrella", "openai", "k2"));
        var lost = old with { KeyId = "k0" };
        Assert.Same(lost, _sealer.Rewrap(lost, "t:acme", "openai", "k2"));
    }

    [Fact]
    public void Rewrap_BeforeTheFileHasArrived_SaysSo()
    {
        var old = _sealer.Seal(Secret, "t:acme", "openai", Origin, 1);
        Assert.Contains("'k1', not 'k2'", Assert.Throws<MasterKeyException>(() => _sealer.Rewrap(old, "t:acme", "openai", "k2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Current_OfAFileThatBroke_StaysAsItWas()
    {
        File.WriteAllText(FilePath, "{");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("k1", _keys.Current.CurrentId);
        File.Delete(FilePath);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("k1", _keys.Current.CurrentId);
    }

    [Fact]
    public void Rotate_OfAFullOrMissingFile_IsRefused()
    {
        var keys = string.Join(',', Enumerable.Range(1, MasterKeyRing.MaxKeys).Select(i => $"\"k{i}\":\"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\""));
        File.WriteAllText(FilePath, "{\"current\":\"k1\",\"keys\":{" + keys + "}}");
        Assert.Contains("keys status", Assert.Throws<MasterKeyException>(() => MasterKeyFile.Rotate(FilePath)).Message, StringComparison.Ordinal);
        File.Delete(FilePath);
        Assert.Throws<MasterKeyException>(() => MasterKeyFile.Rotate(FilePath));
        Assert.False(File.Exists(FilePath));
    }
}
