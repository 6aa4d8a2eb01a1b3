using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace BeastOrleans.UnitTests.Settings;

public sealed class RoleRulesTests
{
    private const string Silo = "Role=silo;MasterKeyFile=keys.json";
    private const string Gateway = "Role=gateway;SiloGateways=127.0.0.1:30000";
    private const string Tls = ";ClusterTls:CertificateFile=a;ClusterTls:KeyFile=b;ClusterTls:CaFile=c";

    [Theory]
    [InlineData("")]
    [InlineData("Role=all;BindAddress=0.0.0.0")]
    [InlineData(Silo)]
    [InlineData(Silo + ";Upstreams:AllowedNetworks:0=10.0.0.0/8;Dashboard=true;DrainSeconds=30")]
    [InlineData(Silo + ";BindAddress=0.0.0.0;AdvertisedIP=10.0.0.1;AllowPlaintextCluster=true")]
    [InlineData(Silo + ";BindAddress=0.0.0.0;AdvertisedIP=10.0.0.1" + Tls)]
    [InlineData(Gateway)]
    [InlineData(Gateway + ";AdminKey=0123456789012345678901234567890123456789")]
    [InlineData("Role=gateway;SiloGateways=silos.beast:30000" + Tls)]
    [InlineData("Role=gateway;SiloGateways:0=localhost:1;SiloGateways:1=[::1]:2")]
    public void Check_OfWhatBelongsTogether_Passes(string settings) => Read(settings);

    [Theory]
    [InlineData("Role=gateway", "Beast:SiloGateways is missing")]
    [InlineData(Gateway + ";Storage=sqlite", "Beast:Storage does not belong to role 'gateway'")]
    [InlineData(Gateway + ";MasterKeyFile=keys.json", "Beast:MasterKeyFile does not belong")]
    [InlineData(Gateway + ";MasterKeys=x", "Beast:MasterKeys does not belong")]
    [InlineData(Gateway + ";SiloPort=1", "Beast:SiloPort does not belong")]
    [InlineData(Gateway + ";AdvertisedIP=10.0.0.1", "Beast:AdvertisedIP does not belong")]
    [InlineData(Gateway + ";^ConnectionStrings:Beast=Host=db", "ConnectionStrings:Beast does not belong")]
    [InlineData("Role=gateway;SiloGateways=silos.beast:30000", "plaintext")]
    [InlineData("Role=gateway;SiloGateways=127.0.0.1:30000,10.0.0.1:30000", "10.0.0.1:30000")]
    [InlineData("Role=gateway;SiloGateways=nonsense", "'nonsense' is none")]
    [InlineData("Role=silo", "Beast:MasterKeyFile is missing")]
    [InlineData(Silo + ";AdminKey=0123456789012345678901234567890123456789", "Beast:AdminKey does not belong to role 'silo'")]
    [InlineData(Silo + ";AttemptSeconds=5", "Beast:AttemptSeconds does not belong")]
    [InlineData(Silo + ";SiloGateways=127.0.0.1:30000", "Beast:SiloGateways does not belong")]
    [InlineData(Silo + ";^urls=http://127.0.0.1:1", "--urls")]
    [InlineData(Silo + ";BindAddress=0.0.0.0", "Beast:AdvertisedIP is missing")]
    [InlineData(Silo + ";BindAddress=0.0.0.0;AdvertisedIP=10.0.0.1", "plaintext")]
    [InlineData(Silo + ";BindAddress=0.0.0.0;AdvertisedIP=127.0.0.1", "plaintext")]
    [InlineData(Silo + ";AdvertisedIP=pod", "Beast:AdvertisedIP is an IP address")]
    [InlineData("SiloGateways=127.0.0.1:30000", "Beast:SiloGateways does not belong to role 'all'")]
    [InlineData(Silo + ";ClusterTls:CertificateFile=a;ClusterTls:KeyFile=b", "Beast:ClusterTls:CaFile is missing")]
    [InlineData("ClusterTls:CaFile=c", "Beast:ClusterTls:CertificateFile, Beast:ClusterTls:KeyFile is missing")]
    [InlineData(Silo + ";ClusterTls:CertificateFile=a;ClusterTls:KeyFile=;ClusterTls:CaFile=c", "Beast:ClusterTls:KeyFile is missing")]
    [InlineData("ClusterTls:Certificate=c", "Unknown setting Beast:ClusterTls:Certificate")]
    [InlineData("DrainSeconds=0", "Beast:DrainSeconds")]
    public void Check_OfWhatDoesNot_SaysSoInOneLine(string settings, string said)
    {
        var line = Assert.Throws<StartupException>(() => Read(settings)).Message;
        Assert.Contains(said, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Theory]
    [InlineData("", "http://127.0.0.1:8080", true)]
    [InlineData("", "http://localhost:8080;http://[::1]:8081", true)]
    [InlineData("", "http://127.0.0.1:8080;http://*:8081", false)]
    [InlineData("^Kestrel:Endpoints:Http:Url=http://0.0.0.0:8080", "http://127.0.0.1:8080", false)]
    [InlineData("^Kestrel:Endpoints:Http:Url=http://127.0.0.1:9;^Kestrel:Endpoints:More:Url=http://10.0.0.1:9", "http://127.0.0.1:8080", false)]
    [InlineData("^Kestrel:Endpoints:Http:Url=http://127.0.0.1:9", "http://0.0.0.0:8080", true)]
    [InlineData("^Kestrel:Endpoints:Http:Protocols=Http1", "http://127.0.0.1:8080", false)]
    public void LoopbackOnly_CountsKestrelsOwnEndpoints(string settings, string urls, bool expected) =>
        Assert.Equal(expected, ListeningPlaces.AreLoopbackOnly(Configuration(settings), urls));

    private static BeastOptions Read(string settings) => SettingsReader.Read(Configuration(settings));

    // Below Beast, but for those with a caret in front.
    private static IConfiguration Configuration(string settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(setting => setting.Split('=', 2))
            .Select(parts => KeyValuePair.Create(parts[0].StartsWith('^') ? parts[0][1..] : "Beast:" + parts[0], (string?)parts[1])))
        .Build();
}
