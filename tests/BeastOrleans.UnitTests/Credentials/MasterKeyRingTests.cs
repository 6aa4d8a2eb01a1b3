using System.Security.Cryptography;
using BeastOrleans.Grains.Credentials;
using Xunit;

namespace BeastOrleans.UnitTests.Credentials;

public sealed class MasterKeyRingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beast-keys-").FullName;

    private string FilePath => Path.Combine(_directory, "data", "master.key");

    [Fact]
    public void Load_OfAMissingFile_MakesOneThatItsOwnerAloneReads()
    {
        var made = Load(mayCreate: true);
        var again = Load(mayCreate: false);

        Assert.True(made.TryGet(made.CurrentId, out var key));
        Assert.True(again.TryGet(again.CurrentId, out var same));
        Assert.True(key.SequenceEqual(same));
        Assert.Equal(32, key.Length);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }

    [Fact]
    public void Load_OfAMissingFileThatMayNotBeMade_SaysWhatToDo()
    {
        var failure = Assert.Throws<MasterKeyException>(() => Load(mayCreate: false));

        Assert.Contains("does not exist", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void Load_ByManyAtOnce_AgreesOnOneKey()
    {
        var rings = new MasterKeyRing[8];

        Parallel.For(0, rings.Length, i => rings[i] = Load(mayCreate: true));

        Assert.All(rings, ring => Assert.True(KeyOf(ring).SequenceEqual(KeyOf(rings[0]))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("not json, but a secret")]
    [InlineData("""{"current":"k1","keys":{}}""")]
    [InlineData("""{"current":"k2","keys":{"k1":"8bQzZ7m4o0fJt4q8m3yQx1o0vN2k5b6c7d8e9fAaBbU="}}""")]
    [InlineData("""{"current":"k1","keys":{"k1":"c2hvcnQ="}}""")]
    [InlineData("""{"current":"k1","keys":{"k1":"not base64"}}""")]
    [InlineData("""{"current":"k1","keys":{"k1":null}}""")]
    [InlineData("""{"current":"k1","keys":{"k1":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""")]
    public void Load_OfAFileThatHoldsNoUsableKey_IsRefusedInOneLineWithoutItsContent(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);

        var failure = Assert.Throws<MasterKeyException>(() => Load(mayCreate: true));

        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain("a secret", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Load_FromTheEnvironment_WinsOverTheFile()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var keys = $$$"""{"current":"env","keys":{"env":"{{{Convert.ToBase64String(key)}}}"}}""";

        var ring = MasterKeyRing.Load(new CredentialOptions { MasterKeyFile = FilePath, MasterKeys = keys, MayCreate = true });

        Assert.Equal("env", ring.CurrentId);
        Assert.Equal(key, KeyOf(ring));
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void Load_WithNothingSet_SaysWhatToSet()
    {
        var failure = Assert.Throws<MasterKeyException>(() => MasterKeyRing.Load(new CredentialOptions { MayCreate = true }));

        Assert.Contains("Beast:MasterKeyFile", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private MasterKeyRing Load(bool mayCreate) =>
        MasterKeyRing.Load(new CredentialOptions { MasterKeyFile = FilePath, MayCreate = mayCreate });

    private static byte[] KeyOf(MasterKeyRing ring)
    {
        Assert.True(ring.TryGet(ring.CurrentId, out var key));
        return key.ToArray();
    }
}
