using System.Globalization;
using BeastOrleans.Core.Usage.Rates;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Usage.Limits;

/// <summary>
/// <c>x-ratelimit-*</c> as OpenAI names them: of the scope of which the least is left. What is left is what could be spent at once,
/// so it is never more than the burst. Anthropic's clients get theirs beside it.
/// </summary>
internal static class LimitHeaders
{
    public static void Write(HttpContext http, ScopeShare[] scopes, DateTimeOffset now)
    {
        RateShare? requests = null;
        RateShare? tokens = null;
        foreach (var scope in scopes)
        {
            lock (scope.Gate)
            {
                requests = Tighter(requests, scope.Requests);
                tokens = Tighter(tokens, scope.Tokens);
            }
        }

        var anthropic = ErrorDialects.Of(http) == ErrorDialect.Anthropic;
        Write(http.Response.Headers, "requests", requests, anthropic ? now : null);
        Write(http.Response.Headers, "tokens", tokens, anthropic ? now : null);
    }

    private static RateShare? Tighter(RateShare? one, RateShare? other) =>
        one is null ? other
        : other is null ? one
        : other.Remaining < one.Remaining || (other.Remaining == one.Remaining && other.Limit < one.Limit) ? other : one;

    private static void Write(IHeaderDictionary headers, string kind, RateShare? share, DateTimeOffset? now)
    {
        if (share is null)
        {
            return;
        }

        var limit = share.Limit.ToString(CultureInfo.InvariantCulture);
        var remaining = share.Remaining.ToString(CultureInfo.InvariantCulture);
        var reset = share.FullAfter;
        headers["x-ratelimit-limit-" + kind] = limit;
        headers["x-ratelimit-remaining-" + kind] = remaining;
        headers["x-ratelimit-reset-" + kind] = reset.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
        if (now is { } at)
        {
            headers[$"anthropic-ratelimit-{kind}-limit"] = limit;
            headers[$"anthropic-ratelimit-{kind}-remaining"] = remaining;
            headers[$"anthropic-ratelimit-{kind}-reset"] = (at + reset).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }
    }
}
