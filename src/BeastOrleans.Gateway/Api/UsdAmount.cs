using System.Globalization;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Api;

/// <summary>Dollars in a body: a number, or a text for those whose JSON has no exact one. Never rounded.</summary>
internal static class UsdAmount
{
    /// <summary>Dollars. Sums of amounts below it stay far from what 64 bits of nano-dollars hold.</summary>
    public const decimal Max = 1_000_000_000;

    // Enough for every amount there is; and what is longer, a decimal would round.
    private const int MaxLength = 28;

    /// <summary>What an amount may be, in words.</summary>
    public const string Rule = "dollars from 0 to 1000000000 with at most 9 decimals, as a number or a text like \"1.00\"";

    public static bool TryParse(JsonElement? element, out Money amount)
    {
        amount = Money.Zero;
        var (text, styles) = element switch
        {
            { ValueKind: JsonValueKind.String } value => (value.GetString()!, NumberStyles.AllowDecimalPoint),

            // Serializers write small numbers with an exponent.
            { ValueKind: JsonValueKind.Number } value => (value.GetRawText(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent),
            _ => ("", NumberStyles.None),
        };
        if (text.Length > MaxLength
            || !decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out var usd)
            || usd is < 0 or > Max
            || decimal.Round(usd, 9) != usd
            || IsLost(text, usd))
        {
            return false;
        }

        amount = Money.FromUsd(usd);
        return true;
    }

    // Too small for a decimal, so read as nothing.
    private static bool IsLost(string text, decimal usd) =>
        usd == 0 && text.AsSpan().SplitAny('e', 'E') is var parts && parts.MoveNext() && text.AsSpan()[parts.Current].ContainsAnyInRange('1', '9');
}
