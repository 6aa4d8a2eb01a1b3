namespace BeastOrleans.Grains.Usage.Retention;

/// <summary>How long the ledger's own rows are kept. Their sums are kept for ever.</summary>
public sealed class RetentionOptions
{
    internal const string Problem = "Beast:LedgerRetentionDays is between 0 (keep for ever) and 36500 days.";

    /// <summary>Days, 0 to 36,500; 0 keeps them for ever. Default 90.</summary>
    public int LedgerRetentionDays { get; set; } = 90;

    internal bool IsValid => LedgerRetentionDays is >= 0 and <= 36_500;
}
