using System.Net;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Http;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("1.1.1.1", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("100.63.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.1.2.3", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("198.51.100.1", false)]
    [InlineData("203.0.113.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("3fff::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void IsPublic_Address_FollowsTheTable(string address, bool isPublic)
    {
        Assert.Equal(isPublic, AddressGuard.IsPublic(IPAddress.Parse(address)));
        Assert.Equal(isPublic, new AddressGuard([]).Allows(IPAddress.Parse(address), 443));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.9.9.9", 1, true)]
    [InlineData("10.0.0.0/8", "::ffff:10.9.9.9", 1, true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", 1, true)]
    [InlineData("10.0.0.0/8", "192.168.0.1", 1, false)]
    [InlineData("127.0.0.1/32:9001", "127.0.0.1", 9001, true)]
    [InlineData("127.0.0.1/32:9001", "127.0.0.1", 9002, false)]
    [InlineData("127.0.0.1:9001", "127.0.0.1", 9001, true)]
    [InlineData("[::1]/128:9001", "::1", 9001, true)]
    [InlineData("[::1]/128:9001", "::1", 9002, false)]
    [InlineData("[::1]:9001", "::1", 9001, true)]
    [InlineData("fd00::/8", "fd12::1", 5, true)]
    [InlineData("::1", "::1", 5, true)]
    [InlineData("loopback", "127.3.2.1", 5, true)]
    [InlineData("loopback", "::1", 5, true)]
    [InlineData("loopback:80", "::1", 5, false)]
    public void Allows_OperatorsNetworks_AreTaken(string network, string address, int port, bool allowed)
    {
        Assert.True(AllowedNetwork.TryParse(network, out var networks, out _));
        Assert.Equal(allowed, new AddressGuard(networks).Allows(IPAddress.Parse(address), port));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("example.com")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("10.0.0.0/8:70000")]
    [InlineData("10.0.0.0/8:x")]
    public void Validate_WrongNetwork_SaysWhatIsWrong(string text)
    {
        Assert.False(AllowedNetwork.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.True(new UpstreamOptionsValidator().Validate(null, new UpstreamOptions { AllowedNetworks = [text] }).Failed);
    }

    [Theory]
    [InlineData("https://api.openai.com/v1", true)]
    [InlineData("http://8.8.8.8:8080/v1/", true)]
    [InlineData("http://127.0.0.1:9001/v1", true)]
    [InlineData("http://127.0.0.1:9002/v1", false)]
    [InlineData("http://2130706433/v1", false)]
    [InlineData("http://0x7f.1/v1", false)]
    [InlineData("http://[::ffff:10.0.0.1]/v1", false)]
    [InlineData("http://169.254.169.254/latest", false)]
    [InlineData("ftp://example.com", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("/relative", false)]
    [InlineData("example.com/v1", false)]
    [InlineData("http://user:pass@example.com", false)]
    [InlineData("http://example.com/?a=b", false)]
    [InlineData("http://example.com/#a", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21", true)]
    [InlineData("https://r.openai.azure.com/openai/v1/?api-version=preview", true)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?api-version=", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?api-version=2024&key=x", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?api-version=2024#x", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?api-version=%41", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?API-VERSION=2024", false)]
    [InlineData("https://r.openai.azure.com/openai/deployments/d?", false)]
    [InlineData("http://exa mple.com/", false)]
    [InlineData("http://example.com\\@evil/", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryValidate_BaseUrl_FollowsTheRules(string? text, bool valid)
    {
        using var fixture = new UpstreamFixture("127.0.0.1/32:9001");
        var rules = fixture.Get<BaseUrlRules>();
        Assert.Equal(valid, rules.TryValidate(text, Dialect.OpenAI, out var url, out var problem));
        Assert.Equal(valid, url is not null);
        Assert.Equal(valid, problem is null);
    }

    [Theory]
    [InlineData(Dialect.Anthropic)]
    [InlineData(Dialect.Gemini)]
    public void TryValidate_VersionOfAnotherDialect_IsRefused(Dialect dialect)
    {
        using var fixture = new UpstreamFixture();
        Assert.False(fixture.Get<BaseUrlRules>().TryValidate("https://example.com/v1?api-version=2024-10-21", dialect, out _, out var problem));
        Assert.Equal("The base URL must have no query and no fragment.", problem);
    }

    [Fact]
    public void TryValidate_OperatorsOwn_MayBePrivate()
    {
        using var fixture = new UpstreamFixture();
        Assert.True(fixture.Get<BaseUrlRules>().TryValidate("http://10.0.0.1/v1", Dialect.OpenAI, out _, out _, addressChosenByTenant: false));
        Assert.False(fixture.Get<BaseUrlRules>().TryValidate("http://e/" + new string('x', 2048), Dialect.OpenAI, out _, out _));
    }
}
