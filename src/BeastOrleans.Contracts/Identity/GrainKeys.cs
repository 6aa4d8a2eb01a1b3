namespace BeastOrleans.Contracts.Identity;

/// <summary>
/// The only place where grain keys are built and parsed. Every key starts with a typed prefix, because the AdoNet
/// store keys rows by (key, state name) alone and normalises keys that look like hex or a GUID; opaque parts are
/// percent-encoded, because a <c>+</c> splits a key there and a <c>/</c> splits ours.
/// </summary>
public static class GrainKeys
{
    public const string Platform = "p";

    public static string Tenant(TenantId tenant) => "t:" + tenant.Value;

    public static string Selector(TenantId tenant, UserId user) => $"t:{tenant.Value}/u:{Encode(user.Value)}";

    public static string VirtualKey(string sha256Hex) => "k:" + sha256Hex;

    public static string ChangeFeed(int shard) => "f:" + shard.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The metrics of one tenant, or of all when <paramref name="tenant"/> is null.</summary>
    public static string Metrics(TenantId? tenant) => tenant is { } one ? "t:" + one.Value : "all";

    /// <summary>The inverse of <see cref="Metrics"/>: a null <paramref name="tenant"/> is all of them; false when the text is no such key.</summary>
    public static bool TryParseMetrics(string? key, out TenantId? tenant)
    {
        tenant = null;
        if (key == Metrics(null))
        {
            return true;
        }

        if (key is null || !key.StartsWith("t:", StringComparison.Ordinal) || !TenantId.TryParse(key[2..], out var one))
        {
            return false;
        }

        tenant = one;
        return true;
    }

    public static string Endpoint(EndpointOwner owner, ModelId model)
    {
        var id = $"e:{model.Provider}:{Encode(model.Name)}";
        return owner.Kind switch
        {
            OwnerKind.Platform => "p/" + id,
            OwnerKind.Tenant => $"t:{owner.Tenant.Value}/{id}",
            _ => $"t:{owner.Tenant.Value}/u:{Encode(owner.User.Value)}/{id}",
        };
    }

    /// <summary>The inverse of <see cref="Endpoint"/>; false when the text is not an endpoint key.</summary>
    public static bool TryParseEndpoint(string? key, out EndpointOwner owner, out ModelId model)
    {
        owner = default;
        model = default;
        if (string.IsNullOrEmpty(key))
        {
            return false;
        }

        var parts = key.Split('/');
        if (parts.Length is < 2 or > 3 || !parts[^1].StartsWith("e:", StringComparison.Ordinal))
        {
            return false;
        }

        var id = parts[^1][2..];
        var colon = id.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            return false;
        }

        model = ModelId.Of(id[..colon], Uri.UnescapeDataString(id[(colon + 1)..]));
        if (parts.Length == 2 && parts[0] == Platform)
        {
            return true;
        }

        if (!parts[0].StartsWith("t:", StringComparison.Ordinal) || !TenantId.TryParse(parts[0][2..], out var tenant))
        {
            return false;
        }

        if (parts.Length == 2)
        {
            owner = EndpointOwner.OfTenant(tenant);
            return true;
        }

        if (!parts[1].StartsWith("u:", StringComparison.Ordinal) || !UserId.TryParse(Uri.UnescapeDataString(parts[1][2..]), out var user))
        {
            return false;
        }

        owner = EndpointOwner.OfUser(tenant, user);
        return true;
    }

    /// <summary>The inverse of <see cref="Selector"/>; false when the text is not a selector key.</summary>
    public static bool TryParseSelector(string? key, out TenantId tenant, out UserId user)
    {
        tenant = default;
        user = default;
        var slash = key?.IndexOf("/u:", StringComparison.Ordinal) ?? -1;
        return slash > 2
            && key!.StartsWith("t:", StringComparison.Ordinal)
            && TenantId.TryParse(key[2..slash], out tenant)
            && UserId.TryParse(Uri.UnescapeDataString(key[(slash + 3)..]), out user);
    }

    public static string Budget(MeteredScope scope) => "b:" + Encode(scope.Text);

    public static string Limit(MeteredScope scope) => "l:" + Encode(scope.Text);

    /// <summary>The inverse of <see cref="Budget"/>; false when the text is no such key.</summary>
    public static bool TryParseBudget(string? key, out MeteredScope scope) => TryParseScope(key, "b:", out scope);

    /// <summary>The inverse of <see cref="Limit"/>; false when the text is no such key.</summary>
    public static bool TryParseLimit(string? key, out MeteredScope scope) => TryParseScope(key, "l:", out scope);

    private static bool TryParseScope(string? key, string prefix, out MeteredScope scope)
    {
        scope = default;
        return key is not null
            && key.StartsWith(prefix, StringComparison.Ordinal)
            && MeteredScope.TryParse(Uri.UnescapeDataString(key[prefix.Length..]), out scope)
            && prefix + Encode(scope.Text) == key;
    }

    // EscapeDataString leaves only A-Z a-z 0-9 - . _ ~ as they are, so neither '/', ':' nor '+' survives.
    private static string Encode(string text) => Uri.EscapeDataString(text);
}
