namespace BeastOrleans.Contracts.Identity;

/// <summary>An opaque user id inside a tenant, 1 to 256 characters, as the caller wrote it.</summary>
[GenerateSerializer, Immutable, Alias("beast.UserId")]
public readonly record struct UserId
{
    /// <summary>The longest user id taken, in characters.</summary>
    public const int MaxLength = 256;

    private UserId(string value) => Value = value;

    /// <summary>The user of requests that name none.</summary>
    public static UserId Shared { get; } = new("_shared");

    [Id(0)]
    public string Value { get; init; }

    public static bool TryParse(string? text, out UserId id)
    {
        id = !string.IsNullOrEmpty(text) && text.Length <= MaxLength && !Names.HasControlOrLoneSurrogate(text)
            ? new UserId(text)
            : default;
        return id.Value is not null;
    }

    /// <exception cref="FormatException">Empty, too long, or with control characters or lone surrogates.</exception>
    public static UserId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"a user id has 1 to {MaxLength} characters and no control characters");

    public override string ToString() => Value;
}
