using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace BeastOrleans.Survival.Fleet;

/// <summary>The processes of one cluster and the database under them.</summary>
internal sealed class ProcessFleet : IAsyncDisposable
{
    private int _turn;

    private ProcessFleet(IDatabase database, string adminKey, IReadOnlyList<Node> nodes)
    {
        Database = database;
        AdminKey = adminKey;
        Nodes = nodes;
        Fronts = [.. nodes.Where(n => n.IsFront)];
    }

    public IDatabase Database { get; }

    public string AdminKey { get; }

    /// <summary>Silos first: nothing else is ready before them.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>A tenant's key, once there is one.</summary>
    public string ClientKey { get; set; } = "";

    /// <summary>Between the first gateway and the silos; null where it cannot be cut.</summary>
    public Partition? Partition { get; private init; }

    /// <summary>A silo that is not started by itself.</summary>
    public Node? Spare { get; private init; }

    /// <summary>Those that clients may call.</summary>
    public IReadOnlyList<Node> Fronts { get; }

    /// <summary>One process with everything in it, on SQLite.</summary>
    public static async Task<ProcessFleet> StartSingleAsync(string directory)
    {
        var adminKey = NewAdminKey();
        var node = new Node(directory, "all", "all", $"--Beast:AdminKey={adminKey}");
        var fleet = new ProcessFleet(new SqliteFile(node.DataDirectory), adminKey, [node]);
        await fleet.StartAllAsync();
        return fleet;
    }

    /// <summary>Silos and gateways, or with no gateways processes that are both, on a PostgreSQL of their own.</summary>
    /// <param name="build">Where their executable lies; null = beside this one.</param>
    public static async Task<ProcessFleet> StartClusterAsync(string directory, int silos, int gateways, string? build = null)
    {
        var adminKey = NewAdminKey();
        var keys = Path.Combine(directory, "master-keys.json");
        await File.WriteAllTextAsync(keys, $$$"""{"current":"k1","keys":{"k1":"{{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}"}}""");
        var isSplit = gateways > 0;
        var database = await PostgresFleetDatabase.StartAsync(migrate: isSplit);
        string[] ofSilos = [.. database.Settings, $"--Beast:MasterKeyFile={keys}"];

        // The wait that a gateway off loopback has by default, a little shorter: load balancers look more than once a second here.
        string[] ofFronts = [$"--Beast:AdminKey={adminKey}", "--Beast:PreStopSeconds=2"];
        var nodes = Enumerable.Range(1, silos)
            .Select(i => isSplit ? new Node(directory, $"silo{i}", "silo", ofSilos) : new Node(directory, $"all{i}", "all", [.. ofSilos, .. ofFronts]))
            .ToList();
        var spare = isSplit ? new Node(directory, "spare", "silo", ofSilos) : null;
        var ports = nodes.Append(spare).OfType<Node>().Select(n => n.ClientGatewayPort).ToArray();
        var partition = isSplit ? await Partition.CreateAsync(ports) : null;
        var list = string.Join(',', ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")));
        nodes.AddRange(Enumerable.Range(1, gateways).Select(i => new Node(
            directory, $"gateway{i}", "gateway", [.. ofFronts, $"--Beast:SiloGateways={list}"])
        { Prefix = i == 1 && partition is not null ? Partition.Prefix : [] }));
        foreach (var node in nodes)
        {
            node.Build = build ?? node.Build;
        }

        var fleet = new ProcessFleet(database, adminKey, nodes) { Partition = partition, Spare = spare };
        try
        {
            await fleet.StartAllAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>A front that is up, in turn, as a load balancer before them picks; null when none is.</summary>
    public Node? PickFront()
    {
        for (var i = 0; i < Fronts.Count; i++)
        {
            var front = Fronts[(int)((uint)Interlocked.Increment(ref _turn) % Fronts.Count)];
            if (front.IsUp)
            {
                return front;
            }
        }

        return null;
    }

    /// <exception cref="InvalidOperationException">The answer is no success.</exception>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, string key, object body) => PickFront()!.SendAsync(method, path, key, body);

    /// <summary>SIGTERM for all, those that clients call first.</summary>
    /// <returns>The exit codes that are not 0, with what their processes said last.</returns>
    public async Task<IReadOnlyList<string>> TerminateAsync()
    {
        var bad = new List<string>();
        foreach (var node in Nodes.Reverse())
        {
            if (await node.TerminateAsync() is not 0 and var exit)
            {
                bad.Add($"{node.Name} ended with {exit}:\n{node.Log}");
            }
        }

        return bad;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes.Append(Spare).OfType<Node>())
        {
            await node.DisposeAsync();
        }

        await Database.DisposeAsync();
    }

    private static string NewAdminKey() => Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    private async Task StartAllAsync()
    {
        // All silos at once, as a new cluster starts: on an empty database, too.
        await Task.WhenAll(Nodes.Where(n => n.Role != "gateway").Select(n => n.StartAsync()));
        await Task.WhenAll(Nodes.Where(n => n.Role == "gateway").Select(n => n.StartAsync()));
    }
}
