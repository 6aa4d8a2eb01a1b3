using System.Globalization;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>What the <c>x-beast-*</c> headers of a request ask for.</summary>
internal sealed record RequestOptions
{
    public const int MaxTags = 8;
    public const int MaxTagLength = 64;
    public const double MaxTimeoutSeconds = 600;

    public static RequestOptions Default { get; } = new();

    public Preference? Prefer { get; init; }

    public bool? NoFallback { get; init; }

    /// <summary>The caller's own deadline. It can only shorten ours, and when it fires no endpoint is to blame.</summary>
    public TimeSpan? Timeout { get; init; }

    public string[]? Tags { get; init; }

    /// <summary>False, with the error to answer with, when a header has no valid value.</summary>
    public static bool TryRead(IHeaderDictionary headers, out RequestOptions options, out GatewayError? error)
    {
        options = Default;
        error = null;
        if (headers.TryGetValue(BeastHeaders.Prefer, out var prefer))
        {
            switch (prefer.ToString())
            {
                case "custom":
                    options = options with { Prefer = Preference.Custom };
                    break;
                case "provider":
                    options = options with { Prefer = Preference.Provider };
                    break;
                default:
                    error = Invalid(BeastHeaders.Prefer, "'custom' or 'provider'");
                    return false;
            }
        }

        if (headers.TryGetValue(BeastHeaders.Fallback, out var fallback))
        {
            switch (fallback.ToString())
            {
                case "off":
                    options = options with { NoFallback = true };
                    break;
                case "on":
                    options = options with { NoFallback = false };
                    break;
                default:
                    error = Invalid(BeastHeaders.Fallback, "'off' or 'on'");
                    return false;
            }
        }

        if (headers.TryGetValue(BeastHeaders.Timeout, out var timeout))
        {
            if (!double.TryParse(timeout.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                || seconds is not (>= 0.001 and <= MaxTimeoutSeconds))
            {
                error = Invalid(BeastHeaders.Timeout, $"a number of seconds from 0.001 to {MaxTimeoutSeconds}");
                return false;
            }

            options = options with { Timeout = TimeSpan.FromSeconds(seconds) };
        }

        if (headers.TryGetValue(BeastHeaders.Tags, out var tagList))
        {
            var tags = tagList.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (tags.Length > MaxTags || Array.Exists(tags, t => t.Length > MaxTagLength))
            {
                error = Invalid(BeastHeaders.Tags, $"at most {MaxTags} tags of at most {MaxTagLength} characters, separated by commas");
                return false;
            }

            options = options with { Tags = tags };
        }

        // Refused rather than ignored: a caller that asks for a whole answer must not get a live stream.
        if (headers.TryGetValue(BeastHeaders.Stream, out var stream) && stream != "live")
        {
            error = Invalid(BeastHeaders.Stream, "'live' in this version");
            return false;
        }

        if (headers.TryGetValue(BeastHeaders.Hold, out var hold) && hold != "0")
        {
            error = Invalid(BeastHeaders.Hold, "'0' in this version");
            return false;
        }

        return true;
    }

    private static GatewayError Invalid(string header, string allowed) =>
        GatewayError.BadRequest($"The header {header} takes {allowed}.", header, "invalid_header");
}
