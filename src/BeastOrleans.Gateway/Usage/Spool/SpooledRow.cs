using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>A row on its way to the ledger.</summary>
/// <param name="Record">Null while it is read from the spool only when its turn comes.</param>
/// <param name="Settle">Where it stands; none when it is an intent that became a row, or the spool had no room.</param>
/// <param name="Intent">Its attempt's intent; none when there was no attempt.</param>
internal readonly record struct SpooledRow(UsageRecord? Record, SpoolPlace Settle, SpoolPlace Intent)
{
    /// <summary>An earlier start left it.</summary>
    public bool IsRecovered { get; init; }
}
