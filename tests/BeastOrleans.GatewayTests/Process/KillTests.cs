using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>kill -9, and a start on the same directory.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class KillTests : IDisposable
{
    private readonly WorkingDirectory _directory = new();
    private readonly string[] _ports = HostProcess.FreePorts();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_answered_is_booked_and_what_was_under_way_is_booked_as_unknown()
    {
        await using var upstream = await SimulatorServer.StartAsync();
        upstream.Script(new SimulatorBehavior { Models = ["endless"], Tokens = 1_000, InterTokenMs = 100 });
        string key;
        var answered = new List<string>();
        string underWay;
        await using (var host = await HostProcess.StartReadyAsync(_directory.Path, _ports))
        {
            key = await SetUpAsync(host, upstream);
            for (var i = 0; i < 10; i++)
            {
                // Half of them a moment before the kill: they cannot have been shipped.
                using var plain = await SendAsync(host, key, "custom:mine", i % 2 == 0);
                answered.Add(Assert.Single(plain.Headers.GetValues("x-beast-request-id")));
                await plain.Content.ReadAsStringAsync();
            }

            using var stream = await SendAsync(host, key, "custom:endless", streaming: true);
            underWay = Assert.Single(stream.Headers.GetValues("x-beast-request-id"));
            await host.KillAsync();
        }

        await using var again = await HostProcess.StartReadyAsync(_directory.Path, _ports);
        foreach (var id in answered)
        {
            var attempt = Assert.Single((await RecordAsync(again, key, id)).GetProperty("attempts").EnumerateArray());
            Assert.Equal("ok", attempt.GetProperty("outcome").GetString());
        }

        var unknown = await RecordAsync(again, key, underWay);
        Assert.Contains("killed", unknown.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("abandoned", Assert.Single(unknown.GetProperty("attempts").EnumerateArray()).GetProperty("outcome").GetString());
        Assert.Equal(0, await again.TerminateAsync());
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory.Path, "data/spool"), "*.spool"));
    }

    private static async Task<System.Text.Json.JsonElement> RecordAsync(HostProcess host, string key, string id)
    {
        ApiAnswer? record = null;
        await Eventually.IsTrueAsync($"{id} is booked", async () => (record = await host.SendAsync(HttpMethod.Get, "/api/requests/" + id, key)).Status == HttpStatusCode.OK);
        return record!.Json;
    }

    private static async Task<HttpResponseMessage> SendAsync(HostProcess host, string key, string model, bool streaming)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Scene.ChatBody(streaming, model)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<string> SetUpAsync(HostProcess host, SimulatorServer upstream)
    {
        var admin = AdminKey().Match(host.Output).Value;
        (await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" })).Require(HttpStatusCode.Created);
        var key = (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Require(HttpStatusCode.Created).Json.GetProperty("key").GetString()!;
        foreach (var name in (string[])["mine", "endless"])
        {
            (await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name, model = name, baseUrl = upstream.BaseUrl + "/v1" })).Require(HttpStatusCode.Created);
        }

        return key;
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
