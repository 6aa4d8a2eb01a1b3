namespace BeastOrleans.Upstreams.Translation;

/// <summary>What becomes of a field of a Responses request.</summary>
public enum ResponsesFieldVerdict
{
    /// <summary>Said in chat's words.</summary>
    Carried = 0,

    /// <summary>It promises what chat completions, or a gateway that stores nothing, cannot do: 400, the field is named.</summary>
    Refused = 1,

    /// <summary>A hint whose loss breaks no promise: left out, and listed in <c>x-beast-dropped</c>.</summary>
    Dropped = 2,

    /// <summary>Kept here: it shapes the answer, the upstream need not know.</summary>
    Answered = 3,
}

/// <summary>One row of the table.</summary>
/// <param name="Field">Path from the body's root, <c>[]</c> for any element.</param>
/// <param name="Note">How, for the documentation; of a refusal, what to do instead.</param>
/// <param name="Idle">A value that asks for nothing beside null, false and empty ones, which never do.</param>
public sealed record ResponsesFieldRule(string Field, ResponsesFieldVerdict Verdict, string Note, string? Idle = null);
