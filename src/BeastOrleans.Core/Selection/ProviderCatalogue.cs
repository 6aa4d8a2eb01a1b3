using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>A provider that needs no configuration but a key.</summary>
public sealed record WellKnownProvider
{
    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>OpenAI dialect: with <c>/v1</c>; Anthropic: the root; Gemini: with <c>/v1beta</c>.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>What a fallback uses where the owner of the key names none.</summary>
    public required string DefaultModel { get; init; }

    /// <summary>Beginnings of bare model names that mean this provider.</summary>
    public string[] Prefixes { get; init; } = [];
}

/// <summary>The providers built in. Others are configured with a base URL and speak the OpenAI dialect.</summary>
public static class ProviderCatalogue
{
    /// <summary>In the order in which they are matched.</summary>
    public static IReadOnlyList<WellKnownProvider> All { get; } =
    [
        new()
        {
            Name = "openai",
            Dialect = Dialect.OpenAI,
            BaseUrl = new Uri("https://api.openai.com/v1"),
            DefaultModel = "gpt-4",
            Prefixes = ["gpt-", "o1", "o3", "o4", "chatgpt-", "text-embedding-"],
        },
        new()
        {
            Name = "anthropic",
            Dialect = Dialect.Anthropic,
            BaseUrl = new Uri("https://api.anthropic.com"),
            DefaultModel = "claude-sonnet-4-5",
            Prefixes = ["claude-"],
        },
        // The same models twice: google speaks OpenAI's dialect (and embeds), gemini Google's own.
        OpenAICompatible("google", "https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-flash", "gemini-"),
        new()
        {
            Name = "gemini",
            Dialect = Dialect.Gemini,
            BaseUrl = new Uri("https://generativelanguage.googleapis.com/v1beta"),
            DefaultModel = "gemini-2.5-flash",
            Prefixes = ["gemini-"],
        },
        OpenAICompatible("deepseek", "https://api.deepseek.com/v1", "deepseek-chat", "deepseek-"),
        OpenAICompatible("mistral", "https://api.mistral.ai/v1", "mistral-large-latest", "mistral-", "codestral-"),
        OpenAICompatible("xai", "https://api.x.ai/v1", "grok-4", "grok-"),
        OpenAICompatible("groq", "https://api.groq.com/openai/v1", "llama-3.3-70b-versatile"),
        OpenAICompatible("together", "https://api.together.xyz/v1", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        OpenAICompatible("fireworks", "https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/llama-v3p3-70b-instruct"),
        OpenAICompatible("openrouter", "https://openrouter.ai/api/v1", "openai/gpt-4o"),
    ];

    public static bool TryGet(string? name, [NotNullWhen(true)] out WellKnownProvider? provider)
    {
        provider = null;
        foreach (var one in All)
        {
            if (one.Name == name)
            {
                provider = one;
                return true;
            }
        }

        return false;
    }

    /// <summary>The providers that a bare model name means by its beginning, the likeliest first.</summary>
    public static IEnumerable<WellKnownProvider> MatchPrefix(string modelName) =>
        All.Where(one => Array.Exists(one.Prefixes, prefix => modelName.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>The first of them.</summary>
    public static bool TryMatchPrefix(string? modelName, [NotNullWhen(true)] out WellKnownProvider? provider)
    {
        provider = string.IsNullOrEmpty(modelName) ? null : MatchPrefix(modelName).FirstOrDefault();
        return provider is not null;
    }

    private static WellKnownProvider OpenAICompatible(string name, string baseUrl, string defaultModel, params string[] prefixes) => new()
    {
        Name = name,
        Dialect = Dialect.OpenAI,
        BaseUrl = new Uri(baseUrl),
        DefaultModel = defaultModel,
        Prefixes = prefixes,
    };
}
