using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Usage.Spool;

namespace BeastOrleans.Gateway.Usage;

/// <summary>An attempt between its intent and its settle.</summary>
/// <param name="Intent">Where the intent stands in the spool.</param>
/// <param name="Unknown">The row that it becomes when nobody settles it; its cost is the worst cost.</param>
internal sealed record OpenAttempt(SpoolPlace Intent, UsageRecord Unknown)
{
    public int Number => Unknown.AttemptNumber;

    /// <summary>When its tokens were last written down, or it began.</summary>
    public long ProgressAt { get; set; }
}
