using BeastOrleans.PassThrough;

if (args is not ["--urls", var urls, "--upstream", var upstream])
{
    await Console.Error.WriteLineAsync("usage: BeastOrleans.PassThrough --urls http://127.0.0.1:9002 --upstream http://127.0.0.1:9001");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(urls).ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
await using var app = builder.Build();
using var relay = new Relay(new Uri(new Uri(upstream), "/v1/chat/completions"));
app.MapPost("/v1/chat/completions", relay.HandleAsync);

// Read between rounds, never under load: what the runtime itself counts, for bytes per request.
app.MapGet("/allocated", static http => http.Response.WriteAsync($"{GC.GetTotalAllocatedBytes(precise: true)}"));
await app.RunAsync();
return 0;
