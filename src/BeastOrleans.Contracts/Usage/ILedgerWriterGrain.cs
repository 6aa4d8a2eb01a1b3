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

    /// <summary>
    /// Takes back every lease that earlier starts of a gateway had. Called after a restart, when all that its spool held is
    /// acknowledged. Repeating it is harmless.
    /// </summary>
    /// <returns>How many were open.</returns>
    [Alias("CloseLeases"), ResponseTimeout("00:00:10")]
    Task<int> CloseLeasesAsync(string gateway, long beforeEpoch);
}
