using System.Collections.Frozen;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>
/// Context windows of well-known chat models, in tokens. Data of 2026-11; a model that is not here has an unknown
/// window, and an unknown window leaves nothing out.
/// </summary>
internal static class KnownModels
{
    private static readonly FrozenDictionary<string, int> ContextWindows = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["openai:gpt-3.5-turbo"] = 16_385,
        ["openai:gpt-4"] = 8_192,
        ["openai:gpt-4-turbo"] = 128_000,
        ["openai:gpt-4o"] = 128_000,
        ["openai:gpt-4o-mini"] = 128_000,
        ["openai:gpt-4.1"] = 1_047_576,
        ["openai:gpt-4.1-mini"] = 1_047_576,
        ["openai:gpt-4.1-nano"] = 1_047_576,
        ["openai:gpt-5"] = 400_000,
        ["openai:gpt-5-mini"] = 400_000,
        ["openai:gpt-5-nano"] = 400_000,
        ["openai:o1"] = 200_000,
        ["openai:o3"] = 200_000,
        ["openai:o3-mini"] = 200_000,
        ["openai:o4-mini"] = 200_000,
        ["anthropic:claude-3-5-haiku"] = 200_000,
        ["anthropic:claude-3-7-sonnet"] = 200_000,
        ["anthropic:claude-sonnet-4"] = 200_000,
        ["anthropic:claude-sonnet-4-5"] = 200_000,
        ["anthropic:claude-haiku-4-5"] = 200_000,
        ["anthropic:claude-opus-4-1"] = 200_000,
        ["anthropic:claude-opus-4-5"] = 200_000,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Their ids, for suggestions.</summary>
    public static IEnumerable<string> Ids => ContextWindows.Keys;

    /// <summary>Null = unknown. A model with a window here chats and cannot embed.</summary>
    public static int? ContextTokens(string modelId) =>
        ContextWindows.TryGetValue(modelId, out var tokens) || ContextWindows.TryGetValue(ModelNames.WithoutDate(modelId), out tokens)
            ? tokens
            : null;
}
