namespace BeastOrleans.Upstreams.Translation;

/// <summary>What becomes of a field of a chat request on its way to another dialect.</summary>
internal enum ChatFieldVerdict
{
    /// <summary>Said in the other dialect's words.</summary>
    Carried = 0,

    /// <summary>It promises what the target cannot do: the request is refused, the field is named.</summary>
    Refused = 1,

    /// <summary>A hint whose loss breaks no promise: left out, and its name goes into <c>x-beast-dropped</c>.</summary>
    Dropped = 2,
}

/// <summary>One row of a table of fields.</summary>
/// <param name="Field">Path from the body's root, <c>[]</c> for any element: <c>messages[].name</c>.</param>
/// <param name="Verdict">What becomes of it.</param>
/// <param name="Note">How, for the documentation.</param>
internal sealed record ChatFieldRule(string Field, ChatFieldVerdict Verdict, string Note)
{
    /// <summary>A number that asks for nothing (a penalty of 0, one answer): neither refused nor listed.</summary>
    public int? Idle { get; init; }
}

/// <summary>Why a request cannot be said in the target's dialect.</summary>
/// <param name="Message">Says what to change.</param>
/// <param name="Param">JSON path of the field.</param>
/// <param name="IsMalformed">No dialect could take it: the mistake is the caller's, not a limit of this target.</param>
internal sealed record FieldRefusal(string Message, string Param, bool IsMalformed = false)
{
    public static FieldRefusal Malformed(string param, string rule) => new($"'{param}' {rule}", param, IsMalformed: true);
}
