namespace BeastOrleans.Failover.Reports;

/// <summary>Best first, so that a greater value is a worse verdict.</summary>
internal enum Verdict
{
    /// <summary>The right answer, whole and within its limit.</summary>
    Passed,

    /// <summary>An honest typed error, where the shown part of an answer cannot be unsent or nobody could answer.</summary>
    Safe,

    /// <summary>The client is served, yet at a price that was not agreed: further attempts, another reason, an error without a type.</summary>
    Partial,

    /// <summary>A wrong answer, an unfinished one that looks finished, an error where an answer was possible, too late, or nothing at all.</summary>
    Failed,
}
