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

    public static void Add(HttpRequestHeaders headers, Dialect dialect, string? apiKey)
    {
        if (dialect == Dialect.Anthropic)
        {
            headers.Add("anthropic-version", AnthropicVersion);
        }

        if (string.IsNullOrEmpty(apiKey))
        {
            return;
        }

        switch (dialect)
        {
            case Dialect.Anthropic:
                headers.Add("x-api-key", apiKey);
                break;
            case Dialect.Gemini:
                headers.Add("x-goog-api-key", apiKey);
                break;
            default:
                headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
                break;
        }
    }
}
