using System.Collections.Frozen;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>What is known of a well-known chat model.</summary>
/// <param name="ContextTokens">The window, prompt and answer together.</param>
/// <param name="MaxOutputTokens">The longest answer.</param>
/// <param name="Capabilities">Tools, images, schemas; a chat model embeds nothing.</param>
internal sealed record KnownModel(int ContextTokens, int MaxOutputTokens, Capabilities Capabilities);

/// <summary>
/// Well-known chat models. Data: a change is a new <see cref="Version"/>. A model that is not here has an unknown window
/// and unknown capabilities, and what is unknown leaves nothing out.
/// </summary>
internal static class KnownModels
{
    public const string Version = "models:2026-11";

    private const Capabilities Tools = Capabilities.Tools;
    private const Capabilities Sees = Capabilities.Tools | Capabilities.Vision;
    private const Capabilities Full = Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema;

    private static readonly FrozenDictionary<string, KnownModel> Models = new Dictionary<string, KnownModel>(StringComparer.Ordinal)
    {
        ["openai:gpt-3.5-turbo"] = new(16_385, 4_096, Tools),
        ["openai:gpt-4"] = new(8_192, 8_192, Tools),
        ["openai:gpt-4-turbo"] = new(128_000, 4_096, Sees),
        ["openai:gpt-4o"] = new(128_000, 16_384, Full),
        ["openai:gpt-4o-mini"] = new(128_000, 16_384, Full),
        ["openai:gpt-4.1"] = new(1_047_576, 32_768, Full),
        ["openai:gpt-4.1-mini"] = new(1_047_576, 32_768, Full),
        ["openai:gpt-4.1-nano"] = new(1_047_576, 32_768, Full),
        ["openai:gpt-5"] = new(400_000, 128_000, Full),
        ["openai:gpt-5-mini"] = new(400_000, 128_000, Full),
        ["openai:gpt-5-nano"] = new(400_000, 128_000, Full),
        ["openai:o1"] = new(200_000, 100_000, Full),
        ["openai:o3"] = new(200_000, 100_000, Full),
        ["openai:o3-mini"] = new(200_000, 100_000, Tools | Capabilities.JsonSchema),
        ["openai:o4-mini"] = new(200_000, 100_000, Full),
        ["anthropic:claude-3-5-haiku"] = new(200_000, 8_192, Sees),
        ["anthropic:claude-3-7-sonnet"] = new(200_000, 64_000, Sees),
        ["anthropic:claude-sonnet-4"] = new(200_000, 64_000, Sees),
        ["anthropic:claude-sonnet-4-5"] = new(200_000, 64_000, Full),
        ["anthropic:claude-haiku-4-5"] = new(200_000, 64_000, Full),
        ["anthropic:claude-opus-4"] = new(200_000, 32_000, Sees),
        ["anthropic:claude-opus-4-1"] = new(200_000, 32_000, Full),
        ["anthropic:claude-opus-4-5"] = new(200_000, 64_000, Full),
        ["google:gemini-2.0-flash"] = new(1_048_576, 8_192, Full),
        ["google:gemini-2.5-flash"] = new(1_048_576, 65_536, Full),
        ["google:gemini-2.5-flash-lite"] = new(1_048_576, 65_536, Full),
        ["google:gemini-2.5-pro"] = new(1_048_576, 65_536, Full),
        ["gemini:gemini-2.0-flash"] = new(1_048_576, 8_192, Full),
        ["gemini:gemini-2.5-flash"] = new(1_048_576, 65_536, Full),
        ["gemini:gemini-2.5-flash-lite"] = new(1_048_576, 65_536, Full),
        ["gemini:gemini-2.5-pro"] = new(1_048_576, 65_536, Full),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Their ids, for suggestions.</summary>
    public static IEnumerable<string> Ids => Models.Keys;

    /// <summary>By the exact id, else without the release date that ends it; null = unknown.</summary>
    public static KnownModel? Find(string modelId) =>
        Models.GetValueOrDefault(modelId) ?? Models.GetValueOrDefault(ModelNames.WithoutDate(modelId));
}
