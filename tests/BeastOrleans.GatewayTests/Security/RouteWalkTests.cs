using System.Text;
using System.Text.RegularExpressions;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.GatewayTests.Api;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.GatewayTests.Security;

/// <summary>Every route that the product maps, found by asking it: one that is added is walked without being listed here.</summary>
[Collection(ApiCollection.Name)]
public sealed partial class RouteWalkTests(ApiFixture fixture)
{
    [Fact]
    public void Every_route_declares_who_may_call_it()
    {
        var routes = Routes();
        Assert.True(routes.Length > 50, $"Only {routes.Length} routes were found.");
        Assert.All(routes, route => Assert.True(route.Metadata.GetMetadata<AccessPolicy>() is not null, $"{route.DisplayName} declares no access policy."));
        Assert.All(
            routes.Where(r => r.RoutePattern.RawText!.StartsWith("/admin", StringComparison.Ordinal)),
            route => Assert.Equal(AccessKind.Admin, route.Metadata.GetMetadata<AccessPolicy>()!.Kind));

        // Money: the operator sets it, and whoever has a key may see what is left of its own.
        var own = Assert.Single(routes, r => r.RoutePattern.RawText == "/api/budgets").Metadata.GetMetadata<AccessPolicy>()!;
        Assert.Equal((AccessKind.Key, KeyScopes.All), (own.Kind, own.AnyScope));
        Assert.Equal(8, routes.Count(r => r.RoutePattern.RawText is { } path && (path.Contains("/v1/budgets", StringComparison.Ordinal) || path.Contains("/v1/limits", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Without_a_key_every_route_is_401()
    {
        foreach (var (route, method, path) in Calls().Where(c => c.Route.Metadata.GetMetadata<AccessPolicy>()!.Kind != AccessKind.Anonymous))
        {
            foreach (var key in new[] { null, "", "x", "bst_" + new string('a', 49), "bst_" + new string('é', 49) })
            {
                using var request = new HttpRequestMessage(method, path) { Content = new StringContent("{}") };
                if (key is not null)
                {
                    request.Headers.Add("x-api-key", Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(key)));
                }

                using var response = await fixture.Server.Http.SendAsync(request);
                var answer = await Testing.ApiAnswer.ReadAsync(response);
                Assert.True(401 == (int)answer.Status, $"{route.DisplayName} answered {(int)answer.Status} to the key '{key}'.");
                answer.AssertError(401, "invalid_api_key");
            }
        }
    }

    [Fact]
    public async Task A_tenants_key_is_401_on_every_admin_route_and_the_admins_on_every_other()
    {
        var tenant = await fixture.Server.CreateTenantAsync();
        foreach (var (route, method, path) in Calls())
        {
            var kind = route.Metadata.GetMetadata<AccessPolicy>()!.Kind;
            if (kind != AccessKind.Anonymous)
            {
                var wrong = kind == AccessKind.Admin ? tenant.Key : fixture.Server.AdminKey;
                (await fixture.Server.SendAsync(method, path, wrong, "{}")).AssertError(401, "invalid_api_key");
            }
        }
    }

    private RouteEndpoint[] Routes() =>
        [.. fixture.Server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Distinct()];

    private IEnumerable<(RouteEndpoint Route, HttpMethod Method, string Path)> Calls() =>
        from route in Routes()
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (route, new HttpMethod(method), Parameter().Replace(route.RoutePattern.RawText!, "custom:x"));

    [GeneratedRegex(@"\{\**(\w+)\??\}")]
    private static partial Regex Parameter();
}
