using System.Net;
using System.Net.Http.Headers;
using System.Text;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.GatewayTests.Security;

/// <summary>Orleans' dashboard shows grain state: absent unless asked for, and then the admin's alone.</summary>
[Collection(ProcessCollection.Name)]
public sealed class DashboardTests
{
    private const string Page = "/admin/dashboard/";

    [Fact]
    public async Task It_is_absent_by_default()
    {
        await using var server = await BeastServer.StartAsync();
        (await server.AdminAsync(HttpMethod.Get, Page)).AssertError(404, "unknown_route");
    }

    [Fact]
    public async Task Turned_on_it_answers_the_admin_key_and_nobody_else()
    {
        await using var server = await BeastServer.StartAsync(null, "--Beast:Dashboard=true");
        var tenant = await server.CreateTenantAsync();
        var paths = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => path.StartsWith("/admin/dashboard", StringComparison.Ordinal))
            .Select(path => path.Split('{')[0])
            .Distinct()
            .ToArray();
        Assert.True(paths.Length > 10, "the dashboard's routes were not found");
        foreach (var path in paths)
        {
            var anonymous = await server.SendAsync(HttpMethod.Get, path, key: null);
            anonymous.AssertError(401, "invalid_api_key");
            Assert.StartsWith("Basic ", anonymous.Header("www-authenticate"), StringComparison.Ordinal);
            (await tenant.SendAsync(HttpMethod.Get, path)).AssertError(401, "invalid_api_key");
        }

        var page = (await server.AdminAsync(HttpMethod.Get, Page)).Require(HttpStatusCode.OK);
        Assert.Contains("<html", page.Text, StringComparison.OrdinalIgnoreCase);
        await Eventually.IsTrueAsync("it counts the silo", async () =>
            (await server.AdminAsync(HttpMethod.Get, Page + "DashboardCounters")).Require(HttpStatusCode.OK).Json.GetProperty("totalActiveHostCount").GetInt32() == 1);

        // As a browser sends it once it has asked its user.
        using var request = new HttpRequestMessage(HttpMethod.Get, Page);
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("me:" + server.AdminKey)));
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // Nowhere else: what changes something must not be open to a key that a browser sends by itself.
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/tenants");
        elsewhere.Headers.Authorization = request.Headers.Authorization;
        using var refused = await server.Http.SendAsync(elsewhere);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }
}
