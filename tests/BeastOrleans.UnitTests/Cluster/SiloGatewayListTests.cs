using System.Net;
using System.Net.Sockets;
using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Startup;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BeastOrleans.UnitTests.Cluster;

public sealed class SiloGatewayListTests
{
    private readonly SilentGateways _silent = new();
    private readonly Dictionary<string, string[]> _names = [];

    [Fact]
    public async Task GetGateways_ResolvesNamesAnewEachTime()
    {
        var list = List("silos.beast:30000,10.0.0.9:30001");
        _names["silos.beast"] = ["10.0.0.1", "10.0.0.2"];
        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000", "10.0.0.9:30001"], await AskAsync(list));

        _names["silos.beast"] = ["10.0.0.3"];
        Assert.Equal(["10.0.0.3:30000", "10.0.0.9:30001"], await AskAsync(list));
    }

    [Fact]
    public async Task GetGateways_OfANameThatResolvesNoMore_KeepsItsLastAddresses()
    {
        var list = List("silos.beast:30000");
        Assert.Empty(await AskAsync(list));
        _names["silos.beast"] = ["10.0.0.1"];
        await AskAsync(list);
        _names.Clear();
        Assert.Equal(["10.0.0.1:30000"], await AskAsync(list));
    }

    [Fact]
    public async Task GetGateways_LeavesTheSilentOut_UnlessAllAre()
    {
        var list = List("10.0.0.1:30000,10.0.0.2:30000");
        _silent.Add(IPEndPoint.Parse("10.0.0.1:30000"));
        Assert.Equal(["10.0.0.2:30000"], await AskAsync(list));
        _silent.Add(IPEndPoint.Parse("10.0.0.2:30000"));
        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000"], await AskAsync(list));
    }

    [Theory]
    [InlineData("silo:30000", false)]
    [InlineData("10.0.0.1:1", false)]
    [InlineData("[fd00::1]:65535", false)]
    [InlineData("localhost:30000", true)]
    [InlineData("127.0.0.2:30000", true)]
    [InlineData("[::1]:30000", true)]
    public void Parse_OfHostAndPort_KeepsBoth(string entry, bool isLoopback)
    {
        var gateway = Assert.Single(SiloGateway.ParseList(entry));
        Assert.Equal((entry, isLoopback), (gateway.ToString(), gateway.IsLoopback));
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("silo:")]
    [InlineData(":30000")]
    [InlineData("silo:0")]
    [InlineData("silo:70000")]
    [InlineData("silo:-1")]
    [InlineData("fd00::1:30000")]
    [InlineData("http://silo:30000")]
    [InlineData(",")]
    public void Parse_OfAnythingElse_IsOneClearLine(string entry) =>
        Assert.Contains("Beast:SiloGateways", Assert.Throws<StartupException>(() => SiloGateway.ParseList(entry)).Message, StringComparison.Ordinal);

    private SiloGatewayList List(string entries) => new(
        SiloGateway.ParseList(entries), _silent, ResolveAsync, TimeProvider.System, NullLogger<SiloGatewayList>.Instance);

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken stop) => _names.TryGetValue(name, out var found)
        ? Task.FromResult(Array.ConvertAll(found, IPAddress.Parse))
        : throw new SocketException((int)SocketError.HostNotFound);

    private static async Task<string[]> AskAsync(SiloGatewayList list) => [.. (await list.GetGateways()).Select(uri => uri.Authority)];
}
