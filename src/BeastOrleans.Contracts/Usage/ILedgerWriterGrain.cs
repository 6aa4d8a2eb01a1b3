namespace BeastOrleans.Contracts.Usage;

/// <summary>Appends usage to the ledger and its rollups in one transaction. A stateless worker.</summary>
[Alias("beast.ILedgerWriterGrain"), GrainInterfaceType("beast.ledger-writer")]
public interface ILedgerWriterGrain : IGrainWithIntegerKey
{
    /// <summary>The most records in one batch.</summary>
    const int MaxBatch = 512;

    /// <summary>Idempotent: rows that are there already change nothing. Returns when the transaction is on disk.</summary>
    /// <returns>How many rows were new.</returns>
    [Alias("Append"), ResponseTimeout("00:00:10")]
    Task<int> AppendAsync(UsageRecord[] records);
}
