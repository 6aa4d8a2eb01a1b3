using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Usage;

/// <summary>The gateways' way into the ledger. It keeps nothing: what it has answered is committed.</summary>
[GrainType("ledger-writer"), StatelessWorker]
internal sealed partial class LedgerWriterGrain(ILedgerStore store, IBudgetStore budgets, GrainInstruments instruments, ILogger<LedgerWriterGrain> logger) : Grain, ILedgerWriterGrain
{
    public async Task<int> AppendAsync(UsageRecord[] records)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Length, ILedgerWriterGrain.MaxBatch, nameof(records));
        try
        {
            return await store.AppendAsync(records);
        }
        catch (Exception exception)
        {
            // The gateway keeps the batch and sends it again; the cause is to be found on this side.
            instruments.OnStorageError("ledger");
            LogAppendFailed(exception, records.Length);
            throw;
        }
    }

    public Task<int> CloseLeasesAsync(string gateway, long beforeEpoch) => budgets.CloseLeasesAsync(gateway, beforeEpoch);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} usage records was not appended to the ledger; its gateway keeps it and sends it again.")]
    private partial void LogAppendFailed(Exception exception, int count);
}
