namespace BeastOrleans.Contracts.Endpoints;

/// <summary>The header that carries an endpoint's key.</summary>
public enum AuthHeader
{
    /// <summary>The provider's own, else the dialect's: OpenAI <c>Authorization</c>, Anthropic <c>x-api-key</c>, Gemini <c>x-goog-api-key</c>.</summary>
    Usual = 0,

    /// <summary><c>Authorization: Bearer</c>.</summary>
    Authorization = 1,

    /// <summary><c>api-key</c>: Azure OpenAI.</summary>
    ApiKey = 2,

    /// <summary><c>x-api-key</c>.</summary>
    XApiKey = 3,

    /// <summary><c>x-goog-api-key</c>.</summary>
    XGoogApiKey = 4,
}

/// <summary>The names that people give and are shown: the headers' own.</summary>
public static class AuthHeaders
{
    /// <summary>For messages.</summary>
    public const string Choice = "'Authorization', 'api-key', 'x-api-key' or 'x-goog-api-key'";

    /// <summary>Null for <see cref="AuthHeader.Usual"/>.</summary>
    public static string? NameOf(AuthHeader header) => header switch
    {
        AuthHeader.Authorization => "Authorization",
        AuthHeader.ApiKey => "api-key",
        AuthHeader.XApiKey => "x-api-key",
        AuthHeader.XGoogApiKey => "x-goog-api-key",
        _ => null,
    };

    /// <summary>An empty text is <see cref="AuthHeader.Usual"/>; case does not matter.</summary>
    public static bool TryParse(string text, out AuthHeader header)
    {
        foreach (var one in Enum.GetValues<AuthHeader>())
        {
            if (string.Equals(text, NameOf(one) ?? "", StringComparison.OrdinalIgnoreCase))
            {
                header = one;
                return true;
            }
        }

        header = AuthHeader.Usual;
        return false;
    }
}
