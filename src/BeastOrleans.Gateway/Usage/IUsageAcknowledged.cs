using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Usage;

/// <summary>Hears which rows the ledger has.</summary>
internal interface IUsageAcknowledged
{
    /// <summary>
    /// After the commit, before their room in the spool goes. Each row once in a process, also those that an earlier start
    /// left; one that was put aside as poison is not announced: nothing was posted for it.
    /// </summary>
    void OnAcknowledged(IReadOnlyList<UsageRecord> records);
}
