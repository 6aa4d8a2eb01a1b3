using System.Globalization;
using System.Net.Http.Json;
using BeastOrleans.Survival;
using BeastOrleans.Testing;

// The quick form is a smoke alarm; the full one is the proof.
var full = args is ["--full"];
if (args.Length > 0 && !full)
{
    await Console.Error.WriteLineAsync("usage: tests/ledger-survives-kill9.sh [--full]");
    return 2;
}

var (requests, kills) = full ? (10_000, 40) : (600, 3);
var directory = Directory.CreateTempSubdirectory("beast-survival-");
var startedAt = TimeProvider.System.GetTimestamp();
try
{
    var truth = Path.Combine(directory.FullName, "truth");
    var simulatorPort = BeastServer.FreePorts(1)[0];
    var upstreamUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{simulatorPort}");
    await using var simulator = Child.Start(directory.FullName, "BeastOrleans.Simulator.dll", "--urls", upstreamUrl, "--truth", truth);
    await using var gateway = new Gateway(directory.FullName);
    await gateway.StartAsync();
    var key = await SetUpAsync(gateway, upstreamUrl);

    var work = new Workload(gateway, key, requests);
    var running = work.RunAsync();
    var killed = 0;
    var underWayAtKills = 0;
    while (!work.IsDone || killed < kills)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1_000, 3_000)));
        underWayAtKills += work.UnderWay;
        await gateway.KillAsync();
        work.Pause();
        killed++;
        await gateway.StartAsync();
        work.Resume();
    }

    await running;
    var exit = await gateway.TerminateAsync();
    var books = Books.Read(Path.Combine(gateway.DataDirectory, "beast.db"), truth);
    var findings = Audit.Of(books, work, underWayAtKills, Path.Combine(gateway.DataDirectory, "spool"));
    var elapsed = TimeProvider.System.GetElapsedTime(startedAt);
    await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
        $"{work.Started} requests, {work.Finished.Count} finished, {work.Aborted} given up by their client, {work.Broken} broken off; {killed} kills with {underWayAtKills} under way; {elapsed.TotalSeconds:0} s"));
    foreach (var finding in findings)
    {
        await Console.Out.WriteLineAsync(finding.ToString());
    }

    if (exit == 0 && findings.All(f => f.Wrong == 0))
    {
        return 0;
    }

    await Console.Error.WriteLineAsync($"The last process ended with {exit}:\n{gateway.Log}");
    return 1;
}
finally
{
    directory.Delete(recursive: true);
}

static async Task<string> SetUpAsync(Gateway gateway, string upstreamUrl)
{
    using var control = new HttpClient(new SocketsHttpHandler { UseProxy = false });
    (await control.PostAsJsonAsync(upstreamUrl + "/_sim/script", new { models = new[] { "good", "gpt-4" }, firstTokenMs = 30, interTokenMs = 8 })).EnsureSuccessStatusCode();
    (await control.PostAsJsonAsync(upstreamUrl + "/_sim/script", new { models = new[] { "faulty" }, status = 500 })).EnsureSuccessStatusCode();
    await gateway.SendAsync(HttpMethod.Post, "/admin/v1/tenants", gateway.AdminKey, new { id = "acme" });
    await gateway.SendAsync(HttpMethod.Put, "/admin/v1/prices", gateway.AdminKey, new { model = "openai:gpt-4", inputPerMTok = Prices.UsdPerMTok, outputPerMTok = Prices.UsdPerMTok });
    var key = (await gateway.SendAsync(HttpMethod.Post, "/admin/v1/keys", gateway.AdminKey, new { tenant = "acme", user = "alice" })).GetProperty("key").GetString()!;
    foreach (var name in (string[])["good", "faulty"])
    {
        await gateway.SendAsync(HttpMethod.Post, "/api/models/custom", key, new
        {
            name,
            model = name,
            scope = "tenant",
            baseUrl = upstreamUrl + "/v1",
            price = new { inputPerMTok = Prices.UsdPerMTok, outputPerMTok = Prices.UsdPerMTok },
        });
    }

    await gateway.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = "sk-simulated-0123456789", baseUrl = upstreamUrl + "/v1" });
    return key;
}
