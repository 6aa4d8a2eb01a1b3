using System.Diagnostics;
using System.Globalization;

namespace BeastOrleans.Survival.Fleet;

/// <summary>
/// The network between one gateway and the silos, which can be cut as a cable is: nobody is told. Packets are dropped by the
/// kernel, in a network namespace that this process was started in (tests/cluster-survives.sh). A proxy in between would not do:
/// a silo answers to its own address only.
/// </summary>
internal sealed class Partition
{
    /// <summary>The group that the gateway runs as: what tells its connections from others'.</summary>
    private const string Group = "4242";

    /// <summary>The mark on its connections, whichever way a packet of theirs goes.</summary>
    private const string Mark = "7";

    private readonly string[] _drop;

    private Partition(string mark) => _drop = ["OUTPUT", "-m", "connmark", "--mark", mark, "-j", "DROP"];

    /// <summary>The words before the gateway's own command.</summary>
    public static string[] Prefix { get; } = ["setpriv", $"--regid={Group}", "--clear-groups", "--"];

    /// <returns>Null where this process has no network of its own.</returns>
    public static async Task<Partition?> CreateAsync(IEnumerable<int> siloPorts)
    {
        if (Environment.GetEnvironmentVariable("BEAST_OWN_NETWORK") != "1")
        {
            return null;
        }

        foreach (var port in siloPorts)
        {
            await RunAsync("-A", "OUTPUT", "-p", "tcp", "-m", "owner", "--gid-owner", Group, "--dport", port.ToString(CultureInfo.InvariantCulture), "-j", "CONNMARK", "--set-mark", Mark);
        }

        return new Partition(Mark);
    }

    /// <summary>In both directions, also what is open already.</summary>
    public Task CutAsync() => RunAsync(["-A", .. _drop]);

    public Task HealAsync() => RunAsync(["-D", .. _drop]);

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("iptables", ["-w", .. arguments]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"iptables {string.Join(' ', arguments)}: {errors}");
        }
    }
}
