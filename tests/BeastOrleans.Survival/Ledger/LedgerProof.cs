using System.Globalization;
using System.Net.Http.Json;
using BeastOrleans.Survival.Fleet;
using BeastOrleans.Testing;

namespace BeastOrleans.Survival.Ledger;

/// <summary>Requests under kill -9 of whatever there is, one after another; then the books against the upstream's own.</summary>
internal static class LedgerProof
{
    /// <summary>About what one request costs; the poor user's budget pays for half of what it asks.</summary>
    private const long NanoPerRequest = 17_000;

    /// <param name="kills">At the least.</param>
    /// <returns>Whether every law held.</returns>
    public static async Task<bool> RunAsync(Func<string, Task<ProcessFleet>> startFleet, int requests, int kills)
    {
        var directory = Directory.CreateTempSubdirectory("beast-survival-");
        var startedAt = TimeProvider.System.GetTimestamp();
        try
        {
            var truth = Path.Combine(directory.FullName, "truth");
            var upstreamUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BeastServer.FreePorts(1)[0]}");
            await using var simulator = Child.Start(directory.FullName, "BeastOrleans.Simulator.dll", "--urls", upstreamUrl, "--truth", truth);
            await using var fleet = await startFleet(directory.FullName);
            var (rich, poor) = await SetUpAsync(fleet, upstreamUrl, requests);

            var work = new Workload(fleet, rich, poor, requests);
            var running = work.RunAsync();
            var nemesis = new Nemesis(fleet);
            while (!work.IsDone || nemesis.Kills < kills)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1_000, 3_000)));
                await nemesis.StrikeAsync();
            }

            await running;
            var bad = await fleet.TerminateAsync();
            var findings = Audit.Of(await Books.ReadAsync(fleet.Database, truth), work, nemesis.UnderWayAtKills, fleet.Fronts);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{work.Started} requests, {work.Finished.Count} finished, {work.Refused} out of budget, {work.Failed} failed, {work.Aborted} given up by their client, {work.Broken} broken off; {nemesis} in {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0} s"));
            foreach (var line in findings.Select(f => f.ToString()).Concat(bad))
            {
                await Console.Out.WriteLineAsync(line);
            }

            if (work.Refused == 0)
            {
                await Console.Out.WriteLineAsync("The poor user's budget was never the limit: the proof did not try it.");
            }

            return bad.Count == 0 && work.Refused > 0 && findings.All(f => f.Wrong == 0);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<(string Rich, string Poor)> SetUpAsync(ProcessFleet fleet, string upstreamUrl, int requests)
    {
        using var control = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        (await control.PostAsJsonAsync(upstreamUrl + "/_sim/script", new { models = new[] { "good", "gpt-4" }, firstTokenMs = 30, interTokenMs = 8 })).EnsureSuccessStatusCode();
        (await control.PostAsJsonAsync(upstreamUrl + "/_sim/script", new { models = new[] { "faulty" }, status = 500 })).EnsureSuccessStatusCode();
        await fleet.SendAsync(HttpMethod.Post, "/admin/v1/tenants", fleet.AdminKey, new { id = "acme" });
        await fleet.SendAsync(HttpMethod.Put, "/admin/v1/prices", fleet.AdminKey, new { model = "openai:gpt-4", inputPerMTok = Prices.UsdPerMTok, outputPerMTok = Prices.UsdPerMTok });
        var rich = await KeyAsync("alice");
        var poor = await KeyAsync("bob");
        foreach (var name in (string[])["good", "faulty"])
        {
            await fleet.SendAsync(HttpMethod.Post, "/api/models/custom", rich, new
            {
                name,
                model = name,
                scope = "tenant",
                baseUrl = upstreamUrl + "/v1",
                price = new { inputPerMTok = Prices.UsdPerMTok, outputPerMTok = Prices.UsdPerMTok },
            });
        }

        await fleet.SendAsync(HttpMethod.Put, "/api/providers/openai/key", rich, new { apiKey = "sk-simulated-0123456789", baseUrl = upstreamUrl + "/v1" });
        await fleet.SendAsync(HttpMethod.Put, "/admin/v1/budgets/tenant:acme", fleet.AdminKey, new { limitUsd = "100" });
        await fleet.SendAsync(HttpMethod.Put, "/admin/v1/budgets/user:acme/bob", fleet.AdminKey, new { limitUsd = Usd(requests / 10 * NanoPerRequest / 2) });
        return (rich, poor);

        async Task<string> KeyAsync(string user) =>
            (await fleet.SendAsync(HttpMethod.Post, "/admin/v1/keys", fleet.AdminKey, new { tenant = "acme", user })).GetProperty("key").GetString()!;

        static string Usd(long nano) => (nano / 1_000_000_000m).ToString(CultureInfo.InvariantCulture);
    }
}
