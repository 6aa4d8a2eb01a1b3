namespace BeastOrleans.Contracts.Identity;

/// <summary>Whose spending or rate is metered.</summary>
[GenerateSerializer, Alias("beast.ScopeKind")]
public enum ScopeKind
{
    Tenant = 0,
    User = 1,
    Key = 2,
}

/// <summary>
/// What a budget or a rate limit applies to, as it is written everywhere: <c>tenant:acme</c>, <c>user:acme/alice</c>,
/// <c>key:key_1f3a...</c>. A user's id is opaque: what follows the first <c>/</c> is the id as it is.
/// </summary>
[GenerateSerializer, Immutable, Alias("beast.MeteredScope")]
public readonly record struct MeteredScope
{
    private MeteredScope(ScopeKind kind, string text) => (Kind, Text) = (kind, text);

    [Id(0)]
    public ScopeKind Kind { get; init; }

    /// <summary>E.g. <c>user:acme/alice</c>. The name of the scope in the API, in the ledger's database and in messages.</summary>
    [Id(1)]
    public string Text { get; init; }

    public static MeteredScope OfTenant(TenantId tenant) => new(ScopeKind.Tenant, "tenant:" + tenant.Value);

    public static MeteredScope OfUser(TenantId tenant, UserId user) => new(ScopeKind.User, $"user:{tenant.Value}/{user.Value}");

    public static MeteredScope OfKey(string keyId) => new(ScopeKind.Key, "key:" + keyId);

    /// <summary>False when the text is no scope.</summary>
    public static bool TryParse(string? text, out MeteredScope scope)
    {
        scope = default;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon <= 0 || text!.Length > MaxLength)
        {
            return false;
        }

        var name = text[(colon + 1)..];
        switch (text[..colon])
        {
            case "tenant" when TenantId.TryParse(name, out var tenant):
                scope = OfTenant(tenant);
                return true;
            case "user":
                var slash = name.IndexOf('/', StringComparison.Ordinal);
                if (slash > 0 && TenantId.TryParse(name[..slash], out var owner) && UserId.TryParse(name[(slash + 1)..], out var user))
                {
                    scope = OfUser(owner, user);
                    return true;
                }

                return false;
            case "key" when name.Length > 0:
                scope = OfKey(name);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The longest text of a scope, in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>The tenant and user that a scope names; false for a key, which does not tell whose it is.</summary>
    public bool TryGetOwner(out TenantId tenant, out UserId? user)
    {
        tenant = default;
        user = null;
        if (Kind == ScopeKind.Key)
        {
            return false;
        }

        var name = Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (Kind == ScopeKind.Tenant)
        {
            return TenantId.TryParse(name, out tenant);
        }

        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (!UserId.TryParse(name[(slash + 1)..], out var one))
        {
            return false;
        }

        user = one;
        return TenantId.TryParse(name[..slash], out tenant);
    }

    public override string ToString() => Text;
}
