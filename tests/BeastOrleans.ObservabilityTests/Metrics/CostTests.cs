using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Xunit.Abstractions;

namespace BeastOrleans.ObservabilityTests.Metrics;

/// <summary>What counting costs. The figures in docs/metrics.md are this test's output; its bounds are loose, for machines that do other things too.</summary>
public sealed partial class CostTests(ITestOutputHelper output) : IDisposable
{
    private const int Requests = 2_000;
    private const int Recordings = 200_000;
    private const int Scrapes = 20;

    private readonly WorkingDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Counting_is_a_small_part_of_a_request_and_a_scrape_is_cheap()
    {
        var recording = await MeasureRecordingAsync();
        var (request, scrape, bytes) = await MeasureProcessAsync();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"recording {recording.TotalMicroseconds:0.00} us of {request.TotalMicroseconds:0} us CPU per request = {recording / request:0.0%}; a scrape {scrape.TotalMilliseconds:0.0} ms, {bytes / 1024} KiB"));
        Assert.InRange(recording / request, 0, 0.1);
        Assert.InRange(scrape, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(250));
    }

    /// <summary>All that one streamed, priced request of one attempt records, under the real views.</summary>
    private static async Task<TimeSpan> MeasureRecordingAsync()
    {
        await using var server = await BeastServer.StartAsync();
        var instruments = server.Services.GetRequiredService<GatewayInstruments>();
        var exchange = MakeExchange();
        var attempt = MakeAttempt();
        exchange.Add(attempt, wasSent: true);
        var settlement = new Settlement(attempt, Money.FromUsd(0.001m), Money.FromUsd(0.03m), "openai:gpt-4");
        var summary = new RequestSummary { Requested = "auto", Served = attempt.ModelId, ServedType = EndpointType.Custom, HadCustom = true, Status = 200, DurationMs = 120, FirstContentMs = 40 };
        for (var i = 0; i < Recordings / 10; i++)
        {
            Record();
        }

        // CPU, not time: others may be at work on this machine.
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Recordings; i++)
        {
            Record();
        }

        return (Environment.CpuUsage.TotalTime - before) / Recordings;

        void Record()
        {
            var phase = instruments.RequestStarted();
            instruments.AttemptEnded(attempt);
            phase.Committed();
            instruments.RequestEnded(exchange, summary, settlement, TimeSpan.FromMilliseconds(120));
            phase.End();
        }
    }

    [Fact]
    public void A_trace_that_nobody_takes_costs_a_look()
    {
        var (exchange, target) = (MakeExchange(), MakeAttempt().Endpoint);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Recordings; i++)
        {
            var request = RequestTrace.StartRequest(exchange, tellTenant: true);
            var attempt = RequestTrace.StartAttempt(exchange, target, "custom:own");
            RequestTrace.EndAttempt(attempt, null!);
            RequestTrace.EndRequest(request, exchange);
        }

        var cost = (Environment.CpuUsage.TotalTime - before) / Recordings;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cost.TotalNanoseconds:0} ns and {bytes / Recordings} bytes per request and attempt while tracing is off"));
        Assert.True(bytes < Recordings, $"{bytes} bytes were allocated.");
        Assert.InRange(cost, TimeSpan.Zero, TimeSpan.FromMicroseconds(2));
    }

    /// <summary>By the process's own word of its CPU time.</summary>
    private async Task<(TimeSpan Request, TimeSpan Scrape, int Bytes)> MeasureProcessAsync()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions { BenchmarkMode = true });
        var ports = HostProcess.FreePorts();
        await using var host = await HostProcess.StartReadyAsync(_directory.Path, ports);
        var metrics = new Uri("http://127.0.0.1:" + ports[1].Split('=')[1] + "/metrics");
        var admin = AdminKey().Match(host.Output).Value;
        await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" });
        var key = (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Json.GetProperty("key").GetString()!;
        await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "own", baseUrl = upstream.BaseUrl + "/v1", price = new { inputPerMTok = 1, outputPerMTok = 1 } });
        await AskAsync(Requests);

        var before = await CpuAsync();
        await AskAsync(Requests);
        var request = (await CpuAsync() - before) / Requests;

        // The fastest of some: one thread makes it, and whatever else this machine does only adds. Further apart than the exporter
        // keeps its last answer, 300 ms.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(350));
        var scrape = TimeSpan.MaxValue;
        for (var i = 0; i < Scrapes; i++)
        {
            await pace.WaitForNextTickAsync();
            var startedAt = TimeProvider.System.GetTimestamp();
            await host.Http.GetStringAsync(metrics);
            var took = TimeProvider.System.GetElapsedTime(startedAt);
            scrape = took < scrape ? took : scrape;
        }

        return (request, scrape, (await host.Http.GetStringAsync(metrics)).Length);

        async Task<TimeSpan> CpuAsync() => TimeSpan.FromSeconds(Cpu().Matches(await host.Http.GetStringAsync(metrics)).Sum(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));

        Task AskAsync(int count) => Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, stop) =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { stream = true, messages = new[] { new { role = "user", content = "x" } } }) };
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await host.Http.SendAsync(message, stop);
            response.EnsureSuccessStatusCode();
        });
    }

    private static Exchange MakeExchange()
    {
        Assert.True(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes("""{"stream":true,"messages":[{"role":"user","content":"x"}]}"""), out var chat, out _));
        var candidate = new PlanCandidate { Key = "t:acme/e:custom:own", ModelId = "custom:own", Type = EndpointType.Custom, Owner = OwnerKind.Tenant, Eligible = true, Reason = "" };
        return new Exchange
        {
            Http = new DefaultHttpContext(),
            Caller = new Caller(new KeyIdentity { KeyId = "key_1", Tenant = TenantId.Parse("acme") }),
            User = UserId.Shared,
            Request = chat,
            Options = RequestOptions.Default,
            Format = ChatCompletionFormat.Instance,
            StartedAt = 0,
            Plan = new RoutePlan { Candidates = [candidate], Eligible = 1, Policy = RoutePolicy.Empty, Message = "", HadCustom = true, Hash = "", TenantVersion = 1, PlatformVersion = 1 },
        };
    }

    private static AttemptRecord MakeAttempt() => new()
    {
        Endpoint = new EndpointDescriptor
        {
            Key = "t:acme/e:custom:own",
            ModelId = ModelId.Custom("own"),
            Type = EndpointType.Custom,
            Owner = OwnerKind.Tenant,
            Dialect = Dialect.OpenAI,
            BaseUrl = new Uri("http://127.0.0.1:1/v1"),
            Model = "llama-3",
            Version = 1,
        },
        ModelId = "custom:own",
        EndedAt = DateTimeOffset.UnixEpoch,
        Outcome = OutcomeClass.Ok,
        Reason = FailureReason.None,
        DurationMs = 100,
        Tokens = new TokenUsage { Input = 10, Output = 20, Source = UsageSource.Reported },
    };

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();

    [GeneratedRegex(@"^dotnet_process_cpu_time_seconds_total\{[^}]*\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex Cpu();
}
