using BeastOrleans.Contracts.Identity;
using Xunit;

namespace BeastOrleans.UnitTests.Identity;

public sealed class IdTests
{
    [Theory]
    [InlineData("custom:my-model", "custom", "my-model")]
    [InlineData("openai:gpt-4", "openai", "gpt-4")]
    [InlineData("openrouter:meta-llama/llama-3:free", "openrouter", "meta-llama/llama-3:free")]
    [InlineData("my.prov_1:Model X", "my.prov_1", "Model X")]
    public void ModelId_Parses(string text, string provider, string name)
    {
        Assert.True(ModelId.TryParse(text, out var id));
        Assert.Equal((provider, name, text), (id.Provider, id.Name, id.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("gpt-4")]
    [InlineData(":gpt-4")]
    [InlineData("openai:")]
    [InlineData("OpenAI:gpt-4")]
    [InlineData("custom:My Model")]
    [InlineData("custom:a/b")]
    [InlineData("openai:a\nb")]
    [InlineData("open ai:x")]
    public void ModelId_Refuses(string? text) => Assert.False(ModelId.TryParse(text, out _));

    [Fact]
    public void ModelId_LoneSurrogateOrTooLong_Refuses()
    {
        Assert.False(ModelId.TryParse("openai:a\ud800", out _));
        Assert.False(ModelId.TryParse("openai:\udc00a", out _));
        Assert.True(ModelId.TryParse("openai:" + new string('a', ModelId.MaxNameLength), out _));
        Assert.False(ModelId.TryParse("openai:" + new string('a', ModelId.MaxNameLength + 1), out _));
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("a.b_c-9", true)]
    [InlineData("Acme", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TenantId_FollowsTheRule(string? text, bool valid)
    {
        Assert.Equal(valid, TenantId.TryParse(text, out var id));
        Assert.Equal(valid ? text : null, id.Value);
    }

    [Fact]
    public void TenantId_IsAtMost64Long()
    {
        Assert.True(TenantId.TryParse(new string('a', 64), out _));
        Assert.False(TenantId.TryParse(new string('a', 65), out _));
        Assert.Throws<FormatException>(() => TenantId.Parse("No"));
    }

    [Theory]
    [InlineData("alice", true)]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82", true)]
    [InlineData("Ünï çödé+/:%", true)]
    [InlineData("👋", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("a\tb", false)]
    public void UserId_IsOpaque(string? text, bool valid)
    {
        Assert.Equal(valid, UserId.TryParse(text, out var id));
        Assert.Equal(valid ? text : null, id.Value);
    }

    [Fact]
    public void UserId_Bounds()
    {
        Assert.True(UserId.TryParse(new string('u', UserId.MaxLength), out _));
        Assert.False(UserId.TryParse(new string('u', UserId.MaxLength + 1), out _));
        Assert.False(UserId.TryParse("a\ud800b", out _));
    }
}
