using System.Text;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>
/// Tokens where an upstream counted none: characters over four, rounded up. Rough on purpose (English text; other scripts take
/// more), for where a tokenizer has no text or is not loaded, and always marked <see cref="UsageSource.Estimated"/>.
/// </summary>
public static class UsageEstimator
{
    private const int CharactersPerToken = 4;

    /// <param name="characters">UTF-16 characters; negative counts as none.</param>
    public static long Tokens(long characters)
    {
        var count = Math.Max(0, characters);
        return (count / CharactersPerToken) + (count % CharactersPerToken == 0 ? 0 : 1);
    }

    public static long Tokens(ReadOnlySpan<char> text) => Tokens(text.Length);

    public static long Tokens(ReadOnlySpan<byte> utf8) => Tokens(Encoding.UTF8.GetCharCount(utf8));

    public static TokenUsage Estimate(long inputCharacters, long outputCharacters) => new()
    {
        Input = Tokens(inputCharacters),
        Output = Tokens(outputCharacters),
        Source = UsageSource.Estimated,
    };
}
