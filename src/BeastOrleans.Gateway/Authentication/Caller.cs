using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>Who makes this request: the key, and later the user it acts for.</summary>
internal sealed class Caller(KeyIdentity key)
{
    public KeyIdentity Key { get; } = key;

    public TenantId Tenant => Key.Tenant;

    public static Caller Of(HttpContext http) =>
        http.Features.Get<Caller>() ?? throw new InvalidOperationException("The route's access policy does not ask for a key.");

    /// <summary>
    /// The user of this request: the key's own, else <c>x-beast-user</c>, else the body's <c>user</c>, else <c>_shared</c>.
    /// False (with words) when the header names another user than the key's, or no valid one.
    /// </summary>
    public bool TryResolveUser(HttpContext http, string? bodyUser, out UserId user, out string problem)
    {
        problem = "";
        string? header = null;
        if (http.Request.Headers.TryGetValue(BeastHeaders.User, out var values))
        {
            header = values.ToString();
        }

        if (Key.User is { } bound)
        {
            user = bound;
            if (header is not null && header != bound.Value)
            {
                problem = $"This key is bound to a user: {BeastHeaders.User} may not name another one.";
                return false;
            }

            return true;
        }

        if (header is not null && !UserId.TryParse(header, out user))
        {
            problem = $"{BeastHeaders.User} has 1 to {UserId.MaxLength} characters and no control characters.";
            return false;
        }

        // A body's user is meant for the upstream: when it cannot be an id here, it is only forwarded.
        if (header is not null)
        {
            user = UserId.Parse(header);
        }
        else if (!UserId.TryParse(bodyUser, out user))
        {
            user = UserId.Shared;
        }

        return true;
    }
}
