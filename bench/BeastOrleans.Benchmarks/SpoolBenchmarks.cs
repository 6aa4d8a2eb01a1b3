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
    private readonly UsageRecord _row = Samples.Usage("req_0198c0de0198c0de0198c0de0198c0de");
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
}
