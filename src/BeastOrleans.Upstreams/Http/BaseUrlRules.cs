using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Http;

/// <summary>What a base URL may be, checked when it is registered. The address itself is checked again at every connect.</summary>
public sealed class BaseUrlRules
{
    /// <summary>The longest base URL taken, in characters.</summary>
    public const int MaxLength = 2048;

    private const string VersionQuery = "?api-version=";
    private const int MaxVersionLength = 64;

    private static readonly SearchValues<char> VersionCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    private readonly AddressGuard _guard;

    internal BaseUrlRules(AddressGuard guard) => _guard = guard;

    /// <param name="addressChosenByTenant">True checks a literal address against the guard; the operator's own are free.</param>
    public bool TryValidate(
        string? text,
        Dialect dialect,
        [NotNullWhen(true)] out Uri? url,
        [NotNullWhen(false)] out string? problem,
        bool addressChosenByTenant = true)
    {
        url = null;
        problem = FindProblem(text, dialect, addressChosenByTenant, out var parsed);
        if (problem is not null)
        {
            return false;
        }

        url = parsed!;
        return true;
    }

    /// <summary>Exactly <c>?api-version=</c> and a version: the only query that an upstream is known to need.</summary>
    internal static bool IsKnownQuery(ReadOnlySpan<char> query)
    {
        if (!query.StartsWith(VersionQuery, StringComparison.Ordinal) || query.Length > VersionQuery.Length + MaxVersionLength)
        {
            return false;
        }

        var version = query[VersionQuery.Length..];
        return version.Length > 0 && !version.ContainsAnyExcept(VersionCharacters);
    }

    private string? FindProblem(string? text, Dialect dialect, bool addressChosenByTenant, out Uri? parsed)
    {
        parsed = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return $"A base URL is needed, such as {Example(dialect)}.";
        }

        if (text.Length > MaxLength)
        {
            return $"The base URL is longer than {MaxLength} characters.";
        }

        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character) || char.IsControl(character) || character == '\\')
            {
                return "The base URL has a space, a control character or a backslash in it.";
            }
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out parsed)
            || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
        {
            return $"The base URL must begin with http:// or https://, such as {Example(dialect)}.";
        }

        if (parsed.UserInfo.Length > 0)
        {
            return "The base URL must not hold a user name or password: give the key as apiKey.";
        }

        // A bare '?' or '#' at the end leaves Query and Fragment empty on some paths: the text decides.
        var tail = text.AsSpan().IndexOfAny('?', '#');
        if (tail >= 0 && !(dialect == Dialect.OpenAI && IsKnownQuery(text.AsSpan(tail))))
        {
            return dialect == Dialect.OpenAI
                ? "The base URL must have no fragment and no query but ?api-version=<version> (Azure OpenAI), such as ?api-version=2024-10-21."
                : "The base URL must have no query and no fragment.";
        }

        if (parsed.Host.Length == 0 || parsed.Port is < 1 or > 65535)
        {
            return "The base URL has no host, or no port that can be connected to.";
        }

        if (addressChosenByTenant && IPAddress.TryParse(parsed.DnsSafeHost, out var address) && !_guard.Allows(address, parsed.Port))
        {
            return "The base URL's address is not public and not among the networks that the operator allows (Beast:Upstreams:AllowedNetworks).";
        }

        return null;
    }

    private static string Example(Dialect dialect) => dialect switch
    {
        Dialect.Anthropic => "https://api.anthropic.com",
        Dialect.Gemini => "https://generativelanguage.googleapis.com",
        _ => "https://api.openai.com/v1",
    };
}
