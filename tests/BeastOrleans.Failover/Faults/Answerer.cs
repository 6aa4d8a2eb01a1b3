namespace BeastOrleans.Failover.Faults;

/// <summary>Whose answer is the right one.</summary>
internal enum Answerer
{
    Primary,
    Fallback,

    /// <summary>Both are right, only the text must be one's own from end to end.</summary>
    Either,

    /// <summary>Nobody can answer: the error is the right answer.</summary>
    Nobody,
}
