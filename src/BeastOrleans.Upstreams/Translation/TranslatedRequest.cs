namespace BeastOrleans.Upstreams.Translation;

/// <summary>A request in the target's dialect, or why there is none.</summary>
internal sealed class TranslatedRequest
{
    private TranslatedRequest()
    {
    }

    public ReadOnlyMemory<byte> Body { get; private init; }

    /// <summary>Fields left out because nothing rests on them, by their path.</summary>
    public string[] Dropped { get; private init; } = [];

    /// <summary>Null = it can be sent.</summary>
    public FieldRefusal? Refusal { get; private init; }

    public static TranslatedRequest Of(ReadOnlyMemory<byte> body, string[] dropped) => new() { Body = body, Dropped = dropped };

    public static TranslatedRequest Refused(FieldRefusal refusal) => new() { Refusal = refusal };
}
