using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>
/// The table itself: one entry is all that a provider of a known dialect needs. Where no source is named, an entry rests on
/// general knowledge of the provider's documentation, not on a call made there. Only what a provider refuses is changed: a
/// field that it ignores, or whose loss would break a promise (<c>logprobs</c>, <c>logit_bias</c>), goes out as it came, and
/// the provider's own answer to it is the client's.
/// </summary>
public static partial class ProviderCatalogue
{
    /// <summary>Models that answer <c>max_tokens</c> with "use max_completion_tokens instead".</summary>
    private static readonly ProviderField ReasonersLimit = new("max_tokens", "max_completion_tokens", "o1", "o3", "o4", "gpt-5");

    /// <summary>In the order in which they are matched.</summary>
    public static IReadOnlyList<WellKnownProvider> All { get; } =
    [
        OpenAICompatible("openai", "https://api.openai.com/v1", "gpt-4", "gpt-", "o1", "o3", "o4", "chatgpt-", "text-embedding-") with
        {
            Fields = [ReasonersLimit],
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

        // Everyone has a resource of their own. A deployment named as its model is known by that name.
        OpenAICompatible("azure", null, null) with
        {
            HostEndings = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"],
            AuthHeader = AuthHeader.ApiKey,
            Fields = [ReasonersLimit],
        },
        OpenAICompatible("deepseek", "https://api.deepseek.com/v1", "deepseek-chat", "deepseek-"),

        // Bodies are closed there ("extra_forbidden", 422): max_completion_tokens is in editor-code-assistant/eca#231 and #315.
        // That its streams tell usage unasked, and the other fields, are general knowledge.
        OpenAICompatible("mistral", "https://api.mistral.ai/v1", "mistral-large-latest", "mistral-", "codestral-") with
        {
            UsageInStream = false,
            Fields =
            [
                new("max_completion_tokens", "max_tokens"),
                new("seed", "random_seed"),
                new("user", null),
                new("safety_identifier", null),
                new("store", null),
                new("service_tier", null),
            ],
        },
        OpenAICompatible("xai", "https://api.x.ai/v1", "grok-4", "grok-"),

        // console.groq.com/docs/openai: logprobs, logit_bias and n > 1 are answered 400. None of them can be left out silently.
        OpenAICompatible("groq", "https://api.groq.com/openai/v1", "llama-3.3-70b-versatile"),
        OpenAICompatible("together", "https://api.together.xyz/v1", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        OpenAICompatible("fireworks", "https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/llama-v3p3-70b-instruct"),

        // The title is how OpenRouter names the calling application to its account's owner.
        OpenAICompatible("openrouter", "https://openrouter.ai/api/v1", "openai/gpt-4o") with
        {
            Headers = [new StaticHeader { Name = "X-Title", Value = "BeastOrleans" }],
        },

        // No /v1, and no list of models.
        OpenAICompatible("perplexity", "https://api.perplexity.ai", "sonar"),

        // The guide of req_llm (hexdocs.pm/req_llm/cerebras.html) lists these, logit_bias and parallel_tool_calls as answered 400.
        OpenAICompatible("cerebras", "https://api.cerebras.ai/v1", "llama-3.3-70b") with
        {
            Fields = [new("service_tier", null), new("frequency_penalty", null), new("presence_penalty", null)],
        },
        OpenAICompatible("nvidia", "https://integrate.api.nvidia.com/v1", "meta/llama-3.3-70b-instruct"),

        // docs.cohere.com/docs/compatibility-api.
        OpenAICompatible("cohere", "https://api.cohere.ai/compatibility/v1", "command-a-03-2025"),

        // Servers of one's own, at the ports that they listen on unless told otherwise.
        Local("ollama", "http://127.0.0.1:11434/v1"),
        Local("vllm", "http://127.0.0.1:8000/v1"),
        Local("lmstudio", "http://127.0.0.1:1234/v1"),

        // llama-server's own port is 8080, which is this gateway's: an address must be given, lest it call itself.
        Local("llamacpp", null),
    ];

    private static WellKnownProvider OpenAICompatible(string name, string? baseUrl, string? defaultModel, params string[] prefixes) => new()
    {
        Name = name,
        Dialect = Dialect.OpenAI,
        BaseUrl = baseUrl is null ? null : new Uri(baseUrl),
        DefaultModel = defaultModel,
        Prefixes = prefixes,
    };

    private static WellKnownProvider Local(string name, string? baseUrl) => OpenAICompatible(name, baseUrl, null) with { IsLocal = true };
}
