using System.Net.Http.Headers;
using System.Text;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>
/// Whole HTTP exchanges of every pair of dialects, kept in <c>Golden</c>: what the client sends, what the upstream gets and answers, what
/// the client gets. A change of a file is a change that clients or providers see. Rewritten by UPDATE_GOLDEN=1.
/// </summary>
[Collection(ContractCollection.Name)]
public sealed class GoldenExchangeTests(GatewayFixture fixture)
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "tests/BeastOrleans.GatewayTests/Dialects/Golden");

    private static readonly bool IsUpdate = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static TheoryData<string, string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, bool>();
            foreach (var (client, upstream) in ContractScene.Pairs)
            {
                foreach (var stream in new[] { false, true }.Where(stream => ClientDialect.All[client].CanSay(AskOf(client, stream))))
                {
                    rows.Add(client, upstream, stream);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task TheExchangeIsAsKept(string client, string upstream, bool stream)
    {
        await using var scene = await ContractScene.StartAsync(
            fixture.Server, client, upstream, new SimulatorBehavior { PromptTokens = 50, CachedTokens = 20, CompletionTokens = 9 });
        var exchange = new GoldenExchange();
        using var request = scene.Request(AskOf(client, stream));
        await exchange.AddRequestAsync(request);

        using var response = await scene.OpenAsync(request, CancellationToken.None);
        var answer = await ApiAnswer.ReadAsync(response);

        var seen = Assert.Single(scene.Upstream.Requests.Snapshot());
        exchange.AddUpstreamRequest(seen);
        exchange.AddAnswer("upstream -> gateway", await AskAgainAsync(scene, seen));
        exchange.AddAnswer("gateway -> client", answer);
        var path = Path.Combine(Folder, FileOf(client, upstream, stream));
        if (IsUpdate)
        {
            Directory.CreateDirectory(Folder);
            await File.WriteAllTextAsync(path, exchange.ToString());
        }

        Assert.Equal(await File.ReadAllTextAsync(path), exchange.ToString());
    }

    [Fact]
    public void NoFileIsKeptOfAPairThatIsGone() => Assert.Equal(
        Rows.Select(static row => FileOf((string)row[0], (string)row[1], (bool)row[2])).Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Folder).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    private static Ask AskOf(string client, bool stream) =>
        (ClientDialect.All[client].CanSay(Ask.Rich) ? Ask.Rich : Ask.Of("text", stream)) with { Stream = stream };

    private static string FileOf(string client, string upstream, bool stream) => $"{client}-to-{upstream}-{(stream ? "stream" : "whole")}.txt";

    /// <summary>The upstream keeps no answers, but gives the same one to the same request.</summary>
    private async Task<ApiAnswer> AskAgainAsync(ContractScene scene, SimulatedRequest seen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, scene.Upstream.BaseUrl + seen.Path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(seen.Body)) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(seen.Headers["content-type"]);
        foreach (var (name, value) in seen.Headers.Where(static header => header.Key is "authorization" or "x-api-key" or "x-goog-api-key" or "anthropic-version"))
        {
            request.Headers.Add(name, value);
        }

        using var response = await fixture.Server.Http.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
    }
}
