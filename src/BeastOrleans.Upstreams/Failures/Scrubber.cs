using System.Text.RegularExpressions;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>
/// Takes secrets and addresses out of an upstream's words before anybody else sees them: upstreams quote the key that
/// they refuse. All patterns are linear, and texts are bounded before they get here.
/// </summary>
internal sealed partial class Scrubber(string? apiKey)
{
    /// <summary>Characters of a message that are kept.</summary>
    public const int MaxMessageLength = 1024;

    /// <summary>Characters of a code that are kept.</summary>
    private const int MaxWordLength = 64;

    /// <summary>Shorter keys are no secrets (<c>none</c>, <c>x</c>), and their letters stand in every text.</summary>
    private const int MinKeyLength = 6;

    private const string Redacted = "[redacted]";

    /// <summary>Scrubbed, on one line, at most <see cref="MaxMessageLength"/> characters.</summary>
    public string Text(string text)
    {
        // Trim after the scrubbing: a cut through a key would hide it from the patterns.
        var clean = Secrets(text.Length > MaxMessageLength * 16 ? text[..(MaxMessageLength * 16)] : text);
        clean = ControlPattern().Replace(clean, " ").Trim();
        if (clean.Length <= MaxMessageLength)
        {
            return clean;
        }

        var end = char.IsHighSurrogate(clean[MaxMessageLength - 2]) ? MaxMessageLength - 2 : MaxMessageLength - 1;
        return string.Concat(clean.AsSpan(0, end), "…");
    }

    /// <summary>A code as providers give them; null when it is no single word.</summary>
    public string? Word(string? code) =>
        code is { Length: > 0 and <= MaxWordLength } && WordPattern().IsMatch(code) && code != apiKey ? code : null;

    /// <summary>Scrubbed, nothing trimmed: for bodies that are returned as they are.</summary>
    public string Secrets(string text)
    {
        var clean = apiKey is { Length: >= MinKeyLength } ? text.Replace(apiKey, Redacted, StringComparison.Ordinal) : text;
        clean = UrlPattern().Replace(clean, static match => match.Groups["path"].Value);
        clean = BearerPattern().Replace(clean, "Bearer " + Redacted);
        clean = NamedKeyPattern().Replace(clean, "${name}" + Redacted);
        clean = KeyPattern().Replace(clean, Redacted);
        return MaskedPattern().Replace(clean, Redacted);
    }

    /// <summary>Scheme, host and query go, the path stays: <c>https://internal:8080/v1/x?k=y</c> becomes <c>/v1/x</c>.</summary>
    [GeneratedRegex("""\b(?:https?|wss?|tcp|unix|grpc):\\?/\\?/[^\s"'<>\\/?#]*(?<path>/[^\s"'<>\\?#]*)?(?:\?[^\s"'<>\\#]*)?(?:#[^\s"'<>\\]*)?""", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPattern();

    [GeneratedRegex("""\bbearer\s+[A-Za-z0-9*._~+/=-]{4,}""", RegexOptions.IgnoreCase)]
    private static partial Regex BearerPattern();

    [GeneratedRegex("""(?<name>\b(?:x-)?api[-_]key["']?\s?[:=]\s?["']?)[^\s"'\\,}]{4,}""", RegexOptions.IgnoreCase)]
    private static partial Regex NamedKeyPattern();

    [GeneratedRegex("""\b(?:sk|pk|rk|gsk|hf|xai|bst|AIza)[-_]?[A-Za-z0-9*._-]{12,}|\bsk-[A-Za-z0-9*._-]{4,}""")]
    private static partial Regex KeyPattern();

    /// <summary>A key that the upstream masked itself, ends left readable: <c>abcd****wxyz</c>.</summary>
    [GeneratedRegex("""[A-Za-z0-9._-]*\*{3,}[A-Za-z0-9._*-]*""")]
    private static partial Regex MaskedPattern();

    [GeneratedRegex("""[\p{Cc}\u2028\u2029]+""")]
    private static partial Regex ControlPattern();

    [GeneratedRegex("""^[A-Za-z0-9_.:-]+$""")]
    private static partial Regex WordPattern();
}
