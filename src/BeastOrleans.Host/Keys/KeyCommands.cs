using System.Globalization;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Host.Settings;
using BeastOrleans.Host.Startup;

namespace BeastOrleans.Host.Keys;

/// <summary>The commands around the key-encryption keys. They run beside the cluster, which goes on serving.</summary>
internal static class KeyCommands
{
    /// <summary>Makes a file with a first key, for the silos of a cluster to share.</summary>
    public static async Task CreateAsync(string[] args)
    {
        var path = FileOf(Read(args));
        MasterKeyCommands.Create(path);
        await Console.Out.WriteLineAsync($"A new key is in {Path.GetFullPath(path)}. Back it up apart from the database: without it no stored credential opens.");
    }

    /// <summary>Adds a key, makes it current, and wraps the data key of every stored credential under it.</summary>
    public static async Task RotateAsync(string[] args, CancellationToken stop)
    {
        var options = Read(args);
        var path = FileOf(options);

        // First, so that a cluster that does not answer leaves the file as it was.
        await using var session = await ClusterSession.ConnectAsync(options, stop);
        var key = MasterKeyCommands.Rotate(path);
        await Console.Out.WriteLineAsync($"The new key '{key}' is in {Path.GetFullPath(path)} and current. Back the file up.");
        await RewrapAsync(session, path, key, stop);
    }

    /// <summary>The second half of a rotation, for a file that is changed elsewhere (a secret that is mounted, say).</summary>
    public static async Task RewrapAsync(string[] args, CancellationToken stop)
    {
        var options = Read(args);
        var path = FileOf(options);
        await using var session = await ClusterSession.ConnectAsync(options, stop);
        await RewrapAsync(session, path, MasterKeyCommands.Describe(path).Current, stop);
    }

    public static async Task StatusAsync(string[] args, CancellationToken stop)
    {
        var options = Read(args);
        var path = FileOf(options);
        await using var session = await ClusterSession.ConnectAsync(options, stop);
        await TellAsync(path, await SweepAsync(session.Grains, rewrapTo: null, stop));
    }

    private static async Task RewrapAsync(ClusterSession session, string path, string key, CancellationToken stop)
    {
        var sweep = await SweepAsync(session.Grains, key, stop);
        await TellAsync(path, sweep);
        if (sweep.Failed > 0)
        {
            throw new StartupException(
                $"{sweep.Failed} holders of credentials did not go over to '{key}': a silo may not have the file yet, or be restarting. Nothing is lost; run 'keys rewrap' again in a minute.");
        }
    }

    private static async Task<Sweep> SweepAsync(IGrainFactory grains, string? rewrapTo, CancellationToken stop)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failed = 0;
        string? cursor = null;
        do
        {
            stop.ThrowIfCancellationRequested();
            var page = await grains.GetGrain<IKeyRotationGrain>(0).SweepAsync(cursor, rewrapTo);
            failed += page.Failed;
            foreach (var id in page.KeyIds)
            {
                counts[id] = counts.GetValueOrDefault(id) + 1;
            }

            cursor = page.Next;
        }
        while (cursor is not null);
        return new Sweep(counts, failed);
    }

    private static async Task TellAsync(string path, Sweep sweep)
    {
        var (current, ids) = MasterKeyCommands.Describe(path);
        foreach (var id in ids.Union(sweep.Counts.Keys).Order(StringComparer.Ordinal))
        {
            var count = sweep.Counts.GetValueOrDefault(id);
            var what = !ids.Contains(id) ? "MISSING from the file: these credentials do not open"
                : id == current ? "current"
                : count > 0 ? "still named: keep it"
                : sweep.Failed > 0 ? "unknown: not everybody was asked"
                : "named by nothing: it may go, once no backup is to be restored that names it";
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {id,-8} {count,8} credentials   {what}"));
        }
    }

    private static BeastOptions Read(string[] args) => SettingsReader.Read(WebApplication.CreateBuilder(args).Configuration);

    private static string FileOf(BeastOptions options) =>
        options.MasterKeys is not null ? throw new StartupException("Beast:MasterKeys holds the keys in a setting: change it there, restart, then run 'keys rewrap' with Beast:MasterKeyFile instead.")
        : !options.HasSilo() ? throw new StartupException("Key-encryption keys belong to the silos: run this with a silo's settings.")
        : options.MasterKeyFile ?? Path.Combine(options.DataDirectory, HostServices.MasterKeyFileName);

    private sealed record Sweep(SortedDictionary<string, int> Counts, int Failed);
}
