using System.Globalization;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Host.Demo;
using BeastOrleans.Host.Operations;
using BeastOrleans.Host.Settings;

namespace BeastOrleans.Host.Startup;

/// <summary>What the executable does. Every command ends with an exit code: 0 done, 2 the operator can mend it, 1 a defect.</summary>
internal static class Commands
{
    public static Task<int> RunAsync(string[] args, CancellationToken stop) => GuardAsync(async () =>
    {
        await Console.Out.WriteLineAsync($"BeastOrleans {Telemetry.Version} is starting.");
        await using var host = BeastHost.Build(args);
        await StartAsync(host, stop);

        // In the split shape the silo prints the key: a gateway may be up long before there is anybody to ask.
        var key = host.Options.HasSilo() ? await EnsureAdminKeyAsync(host, reset: false) : null;
        await Console.Out.WriteLineAsync(Banner.Ready(host, key));
        await host.App.WaitForShutdownAsync(stop);
        await Console.Out.WriteLineAsync("Stopped.");
    });

    public static Task<int> DemoAsync(string[] args, CancellationToken stop) => GuardAsync(async () =>
    {
        await Console.Out.WriteLineAsync($"BeastOrleans {Telemetry.Version} is starting a demo: every model in it is simulated.");
        await using var demo = await DemoSetup.StartAsync(args, stop);
        await Console.Out.WriteLineAsync(demo.Text);
        await demo.Host.App.WaitForShutdownAsync(stop);
        await Console.Out.WriteLineAsync("Stopped.");
    });

    public static Task<int> ResetKeyAsync(string[] args, CancellationToken stop) => GuardAsync(async () =>
    {
        await using var host = BeastHost.Build(args);
        if (!host.Options.HasSilo())
        {
            throw new StartupException("'admin reset-key' is for the process that has the database: role 'all' or 'silo'.");
        }

        if (IsConfigured(host))
        {
            throw new StartupException("Beast:AdminKey names the admin key, and a stored one would not be asked: change that setting instead.");
        }

        await StartAsync(host, stop);
        var key = await EnsureAdminKeyAsync(host, reset: true);
        await host.App.StopAsync(stop);
        await Console.Out.WriteLineAsync($"The new admin key, shown this once: {key}");
    });

    /// <summary>A command that ends by itself, with the exit codes of all.</summary>
    public static Task<int> OnceAsync(Func<Task> command) => GuardAsync(command);

    internal static async Task StartAsync(BeastHost host, CancellationToken stop) => await host.App.StartAsync(stop);

    /// <summary>A key when one was made just now; null when there was one or the settings name one.</summary>
    internal static async Task<string?> EnsureAdminKeyAsync(BeastHost host, bool reset)
    {
        return IsConfigured(host) && !reset
            ? null
            : await host.App.Services.GetRequiredService<IGrainFactory>().GetGrain<IPlatformGrain>(GrainKeys.Platform).EnsureAdminKeyAsync(reset);
    }

    private static bool IsConfigured(BeastHost host) => host.Configuration["Beast:AdminKey"] is not null;

    private static async Task<int> GuardAsync(Func<Task> command)
    {
        try
        {
            await command();
            return 0;
        }
        catch (Exception e) when (StartupFailures.Explain(e) is { } line)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"BeastOrleans cannot start: {line}"));
            return StartupFailures.ExitCode;
        }
    }
}
