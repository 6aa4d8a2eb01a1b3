using BeastOrleans.Simulator;

var options = CommandLine.Parse(args, out var problem);
if (options is null)
{
    await Console.Error.WriteLineAsync($"{problem} {CommandLine.Usage}");
    return 2;
}

await using var server = await SimulatorServer.StartAsync(options);
await Console.Out.WriteLineAsync($"SIMULATED model upstream (no model behind it) on {server.BaseUrl}; script it at POST {server.BaseUrl}/_sim/script");
await server.WaitForShutdownAsync();
return 0;
