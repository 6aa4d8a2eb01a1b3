using BeastOrleans.Host.Settings;

namespace BeastOrleans.Host.Shutdown;

/// <summary>
/// The times of a stop, all from <c>Beast:DrainSeconds</c> (and the wait before it):
/// <code>
///   SIGTERM ─ wait ─ drain ────────── cut ─ books ─ leave ─ exit 0
///             5 s    DrainSeconds     10 s  20 s    15 s
///             └──────────────── HostTimeout ───────────────┘ + 10 s = GracePeriod
/// </code>
/// Each part ends as soon as it has nothing left to do: an idle gateway on loopback is gone within a second.
/// </summary>
internal sealed record ShutdownTimes
{
    public ShutdownTimes(TimeSpan wait, TimeSpan drain)
    {
        Wait = wait;
        Drain = drain;
    }

    /// <summary>Not ready, but serving: load balancers need a moment to hear of it.</summary>
    public TimeSpan Wait { get; }

    /// <summary>What is under way may end by itself for so long; no new connection is taken.</summary>
    public TimeSpan Drain { get; }

    /// <summary>What has been ended by then is written out; Kestrel cuts off who does not read (5 s of grace, then 240 bytes/s).</summary>
    public TimeSpan Cut { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Usage is shipped (15 s), then leases are given back (5 s). What is left stays in the spool for the next start.</summary>
    public TimeSpan Books { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Outcomes and permits are told, grains are written and moved, the cluster is left.</summary>
    public TimeSpan Leave { get; } = TimeSpan.FromSeconds(15);

    /// <summary><c>HostOptions.ShutdownTimeout</c>.</summary>
    public TimeSpan HostTimeout => Wait + Drain + Cut + Books + Leave;

    /// <summary>What a service manager must leave before it kills: <c>terminationGracePeriodSeconds</c>.</summary>
    /// <param name="preStopHook">Seconds of a preStop hook, which count against it too; 0 when there is none.</param>
    public TimeSpan GracePeriod(TimeSpan preStopHook = default) => preStopHook + HostTimeout + TimeSpan.FromSeconds(10);

    public static ShutdownTimes Of(BeastOptions options, bool isLoopbackOnly) =>
        new(TimeSpan.FromSeconds(options.PreStopSeconds ?? (isLoopbackOnly ? 0 : 5)), TimeSpan.FromSeconds(options.DrainSeconds));
}
