using System.Net.Http.Headers;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Http;

/// <summary>How an endpoint's key is presented.</summary>
internal static class EndpointCredential
{
    public const string AnthropicVersion = "2023-06-01";

    /// <summary>Visible ASCII only: anything else is refused by the HTTP stack, or worse, is not.</summary>
    public static bool IsSendable(string? apiKey)
    {
        foreach (var character in apiKey ?? "")
        {
            if (character is < '!' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="quirks">The endpoint's; null = the dialect's own way.</param>
    public static void Add(HttpRequestHeaders headers, Dialect dialect, string? apiKey, EndpointQuirks? quirks)
    {
        if (dialect == Dialect.Anthropic)
        {
            headers.Add("anthropic-version", AnthropicVersion);
        }

        foreach (var header in quirks?.Headers ?? [])
        {
            headers.Add(header.Name, header.Value);
        }

        if (string.IsNullOrEmpty(apiKey))
        {
            return;
        }

        var name = quirks?.AuthHeader is { } own and not AuthHeader.Usual ? own : UsualOf(dialect);
        if (name == AuthHeader.Authorization)
        {
            headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        }
        else
        {
            headers.Add(AuthHeaders.NameOf(name)!, apiKey);
        }
    }

    private static AuthHeader UsualOf(Dialect dialect) => dialect switch
    {
        Dialect.Anthropic => AuthHeader.XApiKey,
        Dialect.Gemini => AuthHeader.XGoogApiKey,
        _ => AuthHeader.Authorization,
    };
}
