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

    /// <summary>Null = as the policies say.</summary>
    public StreamMode? Stream { get; init; }

    /// <summary>Milliseconds for which the first content of a stream is held; null = as the policies say.</summary>
    public int? HoldMs { get; init; }

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

        return TryReadHold(headers, ref options, out error);
    }

    // Refused rather than ignored: a caller that asks for a whole answer must not get a live stream.
    private static bool TryReadHold(IHeaderDictionary headers, ref RequestOptions options, out GatewayError? error)
    {
        error = null;
        if (headers.TryGetValue(BeastHeaders.Stream, out var stream))
        {
            if (stream != "live" && stream != "buffered")
            {
                error = Invalid(BeastHeaders.Stream, "'live' or 'buffered'");
                return false;
            }

            options = options with { Stream = stream == "live" ? StreamMode.Live : StreamMode.Buffered };
        }

        if (headers.TryGetValue(BeastHeaders.Hold, out var hold))
        {
            if (!int.TryParse(hold.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var holdMs) || holdMs > StreamHold.MaxHoldMs)
            {
                error = Invalid(BeastHeaders.Hold, $"a whole number of milliseconds from 0 to {StreamHold.MaxHoldMs}");
                return false;
            }

            options = options with { HoldMs = holdMs };
        }

        return true;
    }

    private static GatewayError Invalid(string header, string allowed) =>
        GatewayError.BadRequest($"The header {header} takes {allowed}.", header, "invalid_header");
}
