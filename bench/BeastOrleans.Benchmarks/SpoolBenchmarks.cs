using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Spool;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Usage.Spool;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

namespace BeastOrleans.Benchmarks;

/// <summary>Attempts written down and acknowledged: INTENT, SETTLE and their share of an acknowledgement; per attempt.</summary>
[MemoryDiagnoser]
public class SpoolBenchmarks
{
    private const int Attempts = 1_024;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("beast-spool-bench-");
    private readonly UsageRecord _row = Row();
    private UsageSerializer _serializer = null!;
    private UsageSpool _spool = null!;

    [Params("process", "power")]
    public string Durability { get; set; } = "";

    /// <summary>Requests at once.</summary>
    [Params(1, 64)]
    public int Parallel { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _serializer = new(new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer<UsageRecord>>());
        _spool = new(
            Options.Create(new UsageSpoolOptions { Directory = _directory.FullName }),
            Options.Create(new GatewayOptions { Durability = Durability }),
            _serializer,
            NullLogger<UsageSpool>.Instance);
    }

    [Benchmark(OperationsPerInvoke = Attempts)]
    public Task BookAttempts() => Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => Task.Run(async () =>
    {
        var rows = new List<SpooledRow>(512);
        for (var i = 0; i < Attempts / Parallel; i++)
        {
            _spool.TryAppend(SpoolFrameKind.Intent, default, _serializer.Write(_row), out var intent);
            await _spool.FlushedAsync();
            _spool.TryAppend(SpoolFrameKind.Settle, intent, _serializer.Write(_row), out var settle);
            await _spool.FlushedAsync();
            rows.Add(new SpooledRow(null, settle, intent));
            if (rows.Count == 512)
            {
                _spool.Acknowledge(rows.ToArray());
                rows.Clear();
            }
        }

        _spool.Acknowledge(rows.ToArray());
    })));

    [Benchmark]
    public int Serialize() => _serializer.Write(_row).Length;

    [GlobalCleanup]
    public void Close()
    {
        _spool.Dispose();
        _directory.Delete(recursive: true);
    }

    private static UsageRecord Row() => new()
    {
        AttemptId = "req_0198c0de0198c0de0198c0de0198c0de.1",
        RequestId = "req_0198c0de0198c0de0198c0de0198c0de",
        AttemptNumber = 1,
        At = Samples.Now,
        Tenant = "acme",
        User = "alice",
        KeyId = "key_0123456789",
        Endpoint = "t:acme/e:custom:mine",
        ModelId = "custom:mine",
        Model = "llama-3",
        Type = EndpointType.Custom,
        Outcome = OutcomeClass.Ok,
        Reason = FailureReason.None,
        Status = 200,
        DurationMs = 1_234,
        Tokens = new TokenUsage { Input = 600, Output = 400, Source = UsageSource.Reported },
        Cost = Money.FromUsd(0.001m),
        PriceVersion = "endpoint:1",
        Summary = new RequestSummary { Requested = "auto", Served = "custom:mine", HadCustom = true, Status = 200, DurationMs = 1_234, PlanHash = "0123456789abcdef" },
    };
}
