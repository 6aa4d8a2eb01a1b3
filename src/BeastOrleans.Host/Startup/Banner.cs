using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Settings;

namespace BeastOrleans.Host.Startup;

/// <summary>What a newcomer reads once the gateway listens: where, with which key, and what to do next.</summary>
internal static class Banner
{
    public static string Ready(BeastHost host, string? newAdminKey) => host.Options.Role switch
    {
        Roles.Silo => Silo(host.Options, newAdminKey),
        Roles.Gateway => Gateway(host),
        _ => All(host, newAdminKey),
    };

    private static string Silo(BeastOptions options, string? newAdminKey) =>
        $$"""

        BeastOrleans silo listens on {{SiloAddresses.Listening(options)}}, ports {{options.SiloPort}} (silos) and {{options.ClientGatewayPort}} (gateways), known as {{SiloAddresses.Advertised(options)}}
          admin key   {{(newAdminKey is null ? "shown at the first start of the cluster" : newAdminKey + "   (shown this once)")}}
          metrics     http://{{options.BindAddress}}:{{options.OperationsPort}}/metrics
        """;

    private static string Gateway(BeastHost host) =>
        $$"""

        BeastOrleans gateway listens on {{host.Urls.Split(';')[0].TrimEnd('/')}}
          silos       {{host.Options.SiloGateways}}
          data        {{Path.GetFullPath(host.Options.DataDirectory)}}
          metrics     http://{{host.Options.BindAddress}}:{{host.Options.OperationsPort}}/metrics
        """;

    private static string All(BeastHost host, string? newAdminKey)
    {
        var url = host.Urls.Split(';')[0].TrimEnd('/');
        var key = newAdminKey is null
            ? "  admin key   shown at the first start (lost? stop, then: dotnet run --project src/BeastOrleans.Host -- admin reset-key)"
            : $"  admin key   {newAdminKey}   (shown this once)";
        var admin = newAdminKey ?? "$ADMIN_KEY";
        return $$"""

            BeastOrleans listens on {{url}}
            {{key}}
              data        {{Path.GetFullPath(host.Options.DataDirectory)}}
              metrics     http://{{host.Options.BindAddress}}:{{host.Options.OperationsPort}}/metrics

            Next, a tenant, a key for it, and a model of its own:

              curl -s {{url}}/admin/v1/tenants -H 'Authorization: Bearer {{admin}}' -d '{"id":"acme"}'
              curl -s {{url}}/admin/v1/keys -H 'Authorization: Bearer {{admin}}' -d '{"tenant":"acme"}'
              curl -s {{url}}/api/models/custom -H 'Authorization: Bearer <the key from above>' -d '{"name":"my-model","baseUrl":"http://127.0.0.1:9001/v1"}'

            No model at hand? dotnet run --project src/BeastOrleans.Host -- demo runs all of it with simulated ones. Ctrl-C stops.
            """;
    }
}
