using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Simulator;
using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>A process that is told to stop while it streams.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class LiveStreamAtStopTests : IDisposable
{
    private readonly WorkingDirectory _directory = new();
    private readonly string[] _ports = HostProcess.FreePorts();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task AStreamUnderWayAtSigtermIsFinishedAndBooked()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        upstream.Script(new SimulatorBehavior { Tokens = 20, InterTokenMs = 100 });
        string key;
        string requestId;
        await using (var host = await HostProcess.StartReadyAsync(_directory.Path, _ports))
        {
            key = await SetUpAsync(host, upstream);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Scene.ChatBody(streaming: true)) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            requestId = Assert.Single(response.Headers.GetValues("x-beast-request-id"));

            var stopping = host.TerminateAsync();
            var text = await response.Content.ReadAsStringAsync();

            Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
            Assert.Equal(0, await stopping);
            Assert.Empty(host.Errors);
        }

        Assert.Equal(20, Assert.Single(upstream.Requests.Snapshot()).EventsSent);
        await using var again = await HostProcess.StartReadyAsync(_directory.Path, _ports);
        var record = (await again.SendAsync(HttpMethod.Get, "/api/requests/" + requestId, key)).Require(HttpStatusCode.OK).Json;
        var attempt = Assert.Single(record.GetProperty("attempts").EnumerateArray());
        Assert.Equal(("ok", 20), (attempt.GetProperty("outcome").GetString(), attempt.GetProperty("tokens").GetProperty("output").GetInt32()));
        Assert.Equal(0, await again.TerminateAsync());
    }

    private static async Task<string> SetUpAsync(HostProcess host, SimulatorServer upstream)
    {
        var admin = AdminKey().Match(host.Output).Value;
        (await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" })).Require(HttpStatusCode.Created);
        var key = (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        (await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "mine", baseUrl = upstream.BaseUrl + "/v1" })).Require(HttpStatusCode.Created);
        return key;
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
