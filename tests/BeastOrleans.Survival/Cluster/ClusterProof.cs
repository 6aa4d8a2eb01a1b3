using System.Globalization;
using System.Net.Http.Json;
using BeastOrleans.Survival.Fleet;
using BeastOrleans.Testing;

namespace BeastOrleans.Survival.Cluster;

/// <summary>A cluster of processes under steady load, and one scenario after another; prints a table row for each.</summary>
internal static class ClusterProof
{
    private const int Users = 50;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    /// <summary>Of the warm-up, what is not counted: processes that have just started all compile at once.</summary>
    private static readonly TimeSpan Cold = TimeSpan.FromSeconds(5);

    /// <param name="only">What the names of the scenarios hold; null = all.</param>
    /// <returns>Whether every promise was kept.</returns>
    public static async Task<bool> RunAsync(Func<string, Task<ProcessFleet>> startFleet, string? only, int perSecond)
    {
        var directory = Directory.CreateTempSubdirectory("beast-survival-");
        try
        {
            var upstreamUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BeastServer.FreePorts(1)[0]}");
            await using var simulator = Child.Start(directory.FullName, "BeastOrleans.Simulator.dll", "--urls", upstreamUrl);
            await using var fleet = await startFleet(directory.FullName);
            var key = await SetUpAsync(fleet, upstreamUrl);
            await Console.Out.WriteLineAsync(ScenarioResult.Header);
            var holds = true;
            foreach (var scenario in Scenario.All.Where(s => s.FitsTo(fleet) && (only is null || s.Name.Contains(only, StringComparison.OrdinalIgnoreCase))))
            {
                var result = await RunAsync(scenario, fleet, key, perSecond);
                await Console.Out.WriteLineAsync(result.ToString());
                foreach (var problem in result.Errors.GroupBy(e => (e.Problem, e.Front)).OrderByDescending(g => g.Count()).Take(8))
                {
                    await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                        $"    {problem.Count()} x {problem.Key.Front}: {problem.Key.Problem} (at {problem.Min(p => p.EndedAt).TotalSeconds:0.0} to {problem.Max(p => p.EndedAt).TotalSeconds:0.0} s)"));
                }

                holds &= result.Holds;
                await scenario.MendAsync(fleet);
            }

            foreach (var line in await fleet.TerminateAsync())
            {
                await Console.Out.WriteLineAsync(line);
                holds = false;
            }

            return holds;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<ScenarioResult> RunAsync(Scenario scenario, ProcessFleet fleet, string key, int perSecond)
    {
        var balancer = new LoadBalancer(fleet.Fronts);
        var traffic = new Traffic(balancer, key, Users, perSecond);
        using var stop = new CancellationTokenSource();
        var checking = balancer.CheckAsync(stop.Token);
        await Eventually.IsTrueAsync("a front is ready", () => balancer.Pick([]) is not null);
        using var stopTraffic = new CancellationTokenSource();
        var running = traffic.RunAsync(stopTraffic.Token);
        await Task.Delay(WarmUp);
        var strike = await scenario.StrikeAsync(fleet);
        await Task.Delay(scenario.Watch);
        await stopTraffic.CancelAsync();
        await running;
        await stop.CancelAsync();
        await checking;
        var (missing, twice) = await LedgerCheck.OfAsync(fleet, traffic.Asked);
        return new ScenarioResult(scenario.Name, [.. traffic.Asked.Where(a => a.EndedAt > Cold)], scenario.AllowedErrors(strike.UnderWay), missing, twice, strike);
    }

    private static async Task<string> SetUpAsync(ProcessFleet fleet, string upstreamUrl)
    {
        using var control = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        (await control.PostAsJsonAsync(upstreamUrl + "/_sim/script", new { models = new[] { "good" }, firstTokenMs = 30, interTokenMs = 8 })).EnsureSuccessStatusCode();
        await fleet.SendAsync(HttpMethod.Post, "/admin/v1/tenants", fleet.AdminKey, new { id = "acme" });
        var key = (await fleet.SendAsync(HttpMethod.Post, "/admin/v1/keys", fleet.AdminKey, new { tenant = "acme" })).GetProperty("key").GetString()!;
        foreach (var name in (string[])["good", "spare"])
        {
            await fleet.SendAsync(HttpMethod.Post, "/api/models/custom", key, new
            {
                name,
                model = "good",
                scope = "tenant",
                baseUrl = upstreamUrl + "/v1",
                price = new { inputPerMTok = 1, outputPerMTok = 1 },
            });
        }

        fleet.ClientKey = key;
        await fleet.SendAsync(HttpMethod.Put, "/admin/v1/budgets/tenant:acme", fleet.AdminKey, new { limitUsd = "100" });
        return key;
    }
}
