using System.Globalization;
using BeastOrleans.StreamClient;

if (args is not [var url, var connectionText, var secondsText, var bodyFile]
    || !int.TryParse(connectionText, CultureInfo.InvariantCulture, out var connections) || connections is < 1 or > 1024
    || !int.TryParse(secondsText, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 3600)
{
    await Console.Error.WriteLineAsync("usage: BeastOrleans.StreamClient URL CONNECTIONS SECONDS BODY_FILE (the key, if any, in BENCH_KEY)");
    return 2;
}

var body = await File.ReadAllBytesAsync(bodyFile);
var key = Environment.GetEnvironmentVariable("BENCH_KEY");
using var load = new StreamLoad(new Uri(url), body, string.IsNullOrEmpty(key) ? null : key);
var result = await load.RunAsync(connections, TimeSpan.FromSeconds(seconds));
if (result.FirstProblem is { } problem)
{
    await Console.Error.WriteLineAsync(problem);
}

await Console.Out.WriteLineAsync(result.ToString());
return 0;
