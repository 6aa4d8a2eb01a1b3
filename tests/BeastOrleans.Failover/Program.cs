using System.Net;
using BeastOrleans.Failover;
using BeastOrleans.Failover.Accounting;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Scenarios;
using BeastOrleans.Failover.Stages;

if (CommandLine.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return 2;
}

var programme = new Programme(options);
if (programme.IsEmpty)
{
    await Console.Error.WriteLineAsync($"No fault or scenario has '{options.Only}' in its name.");
    return 2;
}

await using var texts = await ReferenceTexts.StartAsync();
await using var gateway = await GatewayProcess.StartAsync();
var admin = new ApiClient(gateway.Http, gateway.AdminKey);
(await admin.SendAsync(HttpMethod.Put, "/admin/v1/prices", new { model = Stage.FallbackId, inputPerMTok = Prices.FallbackPerMTok, outputPerMTok = Prices.FallbackPerMTok }))
    .Require(HttpStatusCode.OK);

var bench = new Bench(gateway, texts);
await WarmUp.RunAsync(bench);
Row[] rows = [.. await programme.RunAsync(bench), await new Audit(bench).RunAsync()];

foreach (var line in ResultTable.Lines(rows).Append("").Concat(ResultTable.Totals(rows)))
{
    await Console.Out.WriteLineAsync(line);
}

if (options.JsonFile is { } file)
{
    await JsonReport.WriteAsync(file, rows);
}

return rows.All(r => r.IsAsExpected) ? 0 : 1;
