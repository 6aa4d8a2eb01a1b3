namespace BeastOrleans.Contracts.Identity;

/// <summary>A tenant: the billing and isolation boundary. <c>[a-z0-9._-]{1,64}</c>.</summary>
[GenerateSerializer, Immutable, Alias("beast.TenantId")]
public readonly record struct TenantId
{
    private TenantId(string value) => Value = value;

    [Id(0)]
    public string Value { get; init; }

    /// <summary>Takes a tenant's name as written by an operator; false when it is not a valid name.</summary>
    public static bool TryParse(string? text, out TenantId id)
    {
        id = Names.IsValid(text) ? new TenantId(text!) : default;
        return id.Value is not null;
    }

    /// <exception cref="FormatException">The text is not a valid tenant name.</exception>
    public static TenantId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a tenant id: {Names.Rule}");

    public override string ToString() => Value;
}
