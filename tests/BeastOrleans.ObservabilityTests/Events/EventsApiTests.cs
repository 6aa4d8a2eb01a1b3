using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.ObservabilityTests.Events;

/// <summary>GET /api/events over HTTP: what is told, and to whom.</summary>
public sealed class EventsApiTests : IAsyncLifetime
{
    private BeastServer _server = null!;
    private SimulatorServer _well = null!;
    private SimulatorServer _sick = null!;

    public async Task InitializeAsync()
    {
        _well = await SimulatorServer.StartAsync();
        _sick = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new() { Status = 500 } });
        _server = await BeastServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _sick.DisposeAsync();
        await _well.DisposeAsync();
    }

    [Fact]
    public async Task A_tenant_hears_of_its_requests_fallbacks_circuits_and_spending_and_of_nobody_elses()
    {
        var tenant = await FurnishAsync();
        var stranger = await FurnishAsync();
        await using var feed = await Feed.OpenAsync(tenant.Server, tenant.Key);
        await using var other = await Feed.OpenAsync(stranger.Server, stranger.Key);

        (await tenant.ChatAsync("custom:sick", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        var request = await feed.NextAsync("request");
        Assert.Equal(("custom:sick", "openai:gpt-4", "provider", "alice", 200, "other"), (Text(request, "requested"), Text(request, "served"), Text(request, "type"), Text(request, "user"), request.GetProperty("status").GetInt32(), Text(request, "fallbackReason")));
        Assert.True(request.GetProperty("costUsd").GetDecimal() > 0);
        var fallback = await feed.NextAsync("fallback");
        Assert.Equal((Text(request, "requestId"), "custom:sick", "openai:gpt-4", "other"), (Text(fallback, "requestId"), Text(fallback, "from"), Text(fallback, "to"), Text(fallback, "reason")));

        (await _server.AdminAsync(HttpMethod.Post, $"/admin/v1/endpoints/custom:sick/circuit?tenant={tenant.Id}", new { action = "isolate" })).Require(HttpStatusCode.OK);
        var circuit = await feed.NextAsync("circuit", e => Text(e, "state") == "isolated");
        Assert.Equal(("custom:sick", "tenant"), (Text(circuit, "modelId"), Text(circuit, "owner")));

        var spend = await feed.NextAsync("spend");
        Assert.Equal((1, request.GetProperty("costUsd").GetDecimal()), (spend.GetProperty("requests").GetInt32(), spend.GetProperty("costUsd").GetDecimal()));

        // The stranger's own request comes through; nothing of the tenant's does.
        (await stranger.ChatAsync("openai:gpt-4")).Require(HttpStatusCode.OK);
        await other.NextAsync("request");
        Assert.DoesNotContain(tenant.Id, other.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", other.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("event: circuit", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_users_key_hears_of_that_user_alone()
    {
        var tenant = await FurnishAsync();
        var alice = await _server.CreateKeyAsync(new { tenant = tenant.Id, user = "alice", scopes = new[] { "inference" } });
        await using var feed = await Feed.OpenAsync(_server, alice);
        (await tenant.ChatAsync("openai:gpt-4", ("x-beast-user", "bob"))).Require(HttpStatusCode.OK);
        (await tenant.ChatAsync("openai:gpt-4", ("x-beast-user", "alice"))).Require(HttpStatusCode.OK);
        Assert.Equal("alice", Text(await feed.NextAsync("request"), "user"));
        Assert.DoesNotContain("bob", feed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_bounded_and_a_closed_one_makes_room()
    {
        var tenant = await FurnishAsync();
        var feeds = new List<Feed>();
        for (var i = 0; i < 20; i++)
        {
            feeds.Add(await Feed.OpenAsync(_server, tenant.Key));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await tenant.SendAsync(HttpMethod.Get, "/api/events")).Status);
        await feeds[0].DisposeAsync();
        await Eventually.IsTrueAsync("there is room again", async () =>
        {
            using var request = Feed.Request(tenant.Key);
            using var response = await _server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return response.StatusCode == HttpStatusCode.OK;
        });
        foreach (var feed in feeds)
        {
            await feed.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_listeners()
    {
        var tenant = await FurnishAsync();
        await using var feed = await Feed.OpenAsync(_server, tenant.Key);
        await _server.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    private async Task<TestTenant> FurnishAsync()
    {
        var tenant = await _server.CreateTenantAsync();
        await tenant.RegisterModelAsync("sick", _sick.BaseUrl + "/v1");
        await tenant.PutProviderAsync("openai", _well.BaseUrl + "/v1");
        return tenant;
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    /// <summary>An open feed, read on and on.</summary>
    private sealed class Feed : IAsyncDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly StreamReader _reader;
        private readonly StringBuilder _text = new();

        private Feed(HttpResponseMessage response, Stream body)
        {
            _response = response;
            _reader = new StreamReader(body);
        }

        public string Text => _text.ToString();

        public static HttpRequestMessage Request(string key)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return request;
        }

        public static async Task<Feed> OpenAsync(BeastServer server, string key)
        {
            using var request = Request(key);
            var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            var feed = new Feed(response, await response.Content.ReadAsStreamAsync());
            Assert.Equal(": connected", await feed._reader.ReadLineAsync());
            return feed;
        }

        /// <summary>The next event of a kind; others before it are passed over.</summary>
        public async Task<JsonElement> NextAsync(string kind, Func<JsonElement, bool>? which = null)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var current = "";
            while (await _reader.ReadLineAsync(limit.Token) is { } line)
            {
                _text.AppendLine(line);
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    current = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal) && current == kind
                    && JsonSerializer.Deserialize<JsonElement>(line[6..]) is var data && (which is null || which(data)))
                {
                    return data;
                }
            }

            throw new InvalidOperationException("The feed ended: " + Text);
        }

        public ValueTask DisposeAsync()
        {
            _reader.Dispose();
            _response.Dispose();
            return default;
        }
    }
}
