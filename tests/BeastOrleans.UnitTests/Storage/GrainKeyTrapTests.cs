using Xunit;

namespace BeastOrleans.UnitTests.Storage;

/// <summary>
/// Why <c>GrainKeys</c> gives every key a typed prefix and every grain class its own state name: the ADO.NET provider finds a
/// row by key, state name and service id, not by grain type, and it reads keys that look like numbers or GUIDs as such.
/// </summary>
public sealed class GrainKeyTrapTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private GrainStorageHarness _harness = null!;

    public async Task InitializeAsync()
    {
        _harness = await GrainStorageHarness.StartAsync(_directory.Path);
    }

    public async Task DisposeAsync()
    {
        await _harness.DisposeAsync();
    }

    public void Dispose()
    {
        _directory.Dispose();
    }

    [Fact]
    public async Task TwoGrainTypes_SameKeyOtherStateName_HaveARowEach()
    {
        await _harness.WriteNewAsync("tenant", GrainId.Create("tenant", "t:acme"), "tenant");
        await _harness.WriteNewAsync("budget", GrainId.Create("budget", "t:acme"), "budget");

        Assert.Equal("tenant", (await _harness.ReadAsync("tenant", GrainId.Create("tenant", "t:acme"))).State!.Name);
        Assert.Equal("budget", (await _harness.ReadAsync("budget", GrainId.Create("budget", "t:acme"))).State!.Name);
    }

    [Fact]
    public async Task TwoGrainTypes_SameKeySameStateName_ShareTheRow()
    {
        await _harness.WriteNewAsync("state", GrainId.Create("tenant", "t:acme"), "tenant");

        Assert.Equal("tenant", (await _harness.ReadAsync("state", GrainId.Create("budget", "t:acme"))).State!.Name);
    }

    [Theory]
    [InlineData("a", "0a")]
    [InlineData("a", "A")]
    [InlineData("6f9619ff8b86d011b42d00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF")]
    public async Task BareKeys_ThatParseAlike_ShareTheRow(string key, string other)
    {
        await _harness.WriteNewAsync("user", GrainId.Create("user", key), "first");

        Assert.Equal("first", (await _harness.ReadAsync("user", GrainId.Create("user", other))).State!.Name);
    }

    [Fact]
    public async Task PrefixedKeys_ThatWouldParseAlike_HaveARowEach()
    {
        string[] names =
        [
            "a", "0a", "A", "00a", "1", "01", "a+b", "0a+b", "A+b", "a+B", "+a", "a+", "a ", " a", "é", "e\u0301", "a%2Bb",
            "6f9619ff8b86d011b42d00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
            "6f9619ff8b86d011b42d00cf4fc964ff+x",
        ];
        var keys = names.SelectMany(name => new[] { $"t:{name}", $"t:acme/u:{name}", $"t:acme/u:{name}/e:x" }).ToArray();
        foreach (var key in keys)
        {
            await _harness.WriteNewAsync("user", GrainId.Create("user", key), key);
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, (await _harness.ReadAsync("user", GrainId.Create("user", key))).State!.Name);
        }
    }
}
