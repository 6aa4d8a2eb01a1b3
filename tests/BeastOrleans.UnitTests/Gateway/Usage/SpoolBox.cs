using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Spool;
using BeastOrleans.Gateway;
using BeastOrleans.Gateway.Usage.Spool;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

namespace BeastOrleans.UnitTests.Gateway.Usage;

/// <summary>A spool in a directory of its own, with small segments.</summary>
internal sealed class SpoolBox : IDisposable
{
    public const int SegmentBytes = (1024 * 1024) + 4096;

    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("beast-spool-test-");

    public static UsageSerializer Serializer { get; } = new(Services.GetRequiredService<Serializer<UsageRecord>>());

    public string Path => _directory.FullName;

    public string[] Segments => System.IO.Directory.GetFiles(Path, "*.spool");

    public static UsageRecord Record(string attemptId, RowKind kind = RowKind.Settled, string error = "") => new()
    {
        AttemptId = attemptId,
        RequestId = attemptId.Split('.')[0],
        AttemptNumber = 1,
        At = DateTimeOffset.UnixEpoch,
        Tenant = "acme",
        User = "alice",
        KeyId = "key_1",
        Endpoint = "t:acme/e:custom:m",
        ModelId = "custom:m",
        Model = "m",
        Type = EndpointType.Custom,
        Outcome = OutcomeClass.Ok,
        Reason = FailureReason.None,
        DurationMs = 5,
        Cost = Money.FromNano(7),
        Kind = kind,
        Summary = new RequestSummary { Requested = "auto", HadCustom = true, Status = 200, DurationMs = 5, Error = error },
    };

    public UsageSpool Open(string durability = "process", long maxBytes = 64L * 1024 * 1024, string? path = null) => new(
        Options.Create(new UsageSpoolOptions { Directory = path ?? Path, SegmentBytes = SegmentBytes }),
        Options.Create(new GatewayOptions { Durability = durability, SpoolMaxBytes = maxBytes }),
        Serializer,
        NullLogger<UsageSpool>.Instance);

    /// <summary>What a killed process would leave behind at this moment: the page cache, not the disk.</summary>
    public SpoolBox Snapshot()
    {
        var copy = new SpoolBox();
        foreach (var file in System.IO.Directory.GetFiles(Path).Where(f => !f.EndsWith("spool.lock", StringComparison.Ordinal)))
        {
            // Another handle on the same pages: what the mapping holds is what it reads.
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
            from.CopyTo(to);
        }

        return copy;
    }

    public static SpoolPlace Begin(UsageSpool spool, string attemptId)
    {
        Assert(spool.TryAppend(SpoolFrameKind.Intent, default, Serializer.Write(Record(attemptId, RowKind.Unknown)), out var intent));
        return intent;
    }

    public static SpooledRow Settle(UsageSpool spool, string attemptId, SpoolPlace intent, string error = "")
    {
        var record = Record(attemptId, error: error);
        Assert(spool.TryAppend(SpoolFrameKind.Settle, intent, Serializer.Write(record), out var settle));
        return new SpooledRow(record, settle, intent);
    }

    /// <summary>The rows that a start finds, in their order.</summary>
    public static UsageRecord[] Recovered(UsageSpool spool) =>
        [.. spool.TakeRecovered().Select(r => r.Record ?? spool.Read(r.Settle) ?? throw new InvalidDataException("A row cannot be read."))];

    public void Dispose() => _directory.Delete(recursive: true);

    private static void Assert(bool appended)
    {
        if (!appended)
        {
            throw new InvalidOperationException("The spool took no frame.");
        }
    }
}
