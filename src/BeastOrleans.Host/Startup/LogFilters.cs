using BeastOrleans.Host.Settings;

namespace BeastOrleans.Host.Startup;

/// <summary>What a console shows by default: our own lines, and everybody's warnings.</summary>
internal static class LogFilters
{
    public static void AddBeastFilters(this ILoggingBuilder logging, bool json)
    {
        logging.AddFilter(null, LogLevel.Warning);
        logging.AddFilter("BeastOrleans", LogLevel.Information);

        // Three false alarms of a starting silo: the watchdog takes the machine's uptime for a stall, and two lines
        // recommend server GC, which has worse pauses on small machines (measured).
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.SiloOptionsLogger", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        if (json)
        {
            logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
            });
        }
    }

    /// <summary>Lines for a machine: where the setting says so, or in a container, whose lines a collector reads.</summary>
    public static bool IsJson(BeastOptions options, IConfiguration configuration) =>
        options.Logs is { } logs ? logs == "json" : configuration.GetValue("DOTNET_RUNNING_IN_CONTAINER", false);
}
