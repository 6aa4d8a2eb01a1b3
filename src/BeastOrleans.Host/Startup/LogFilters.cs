namespace BeastOrleans.Host.Startup;

/// <summary>What a console shows by default: our own lines, and everybody's warnings.</summary>
internal static class LogFilters
{
    public static void AddBeastFilters(this ILoggingBuilder logging)
    {
        logging.AddFilter(null, LogLevel.Warning);
        logging.AddFilter("BeastOrleans", LogLevel.Information);

        // Three false alarms of a starting silo: the watchdog takes the machine's uptime for a stall, and two lines
        // recommend server GC, which has worse pauses on small machines (measured).
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.SiloOptionsLogger", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
    }
}
