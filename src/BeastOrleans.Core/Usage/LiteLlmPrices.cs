using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage;

/// <summary>
/// Reads LiteLLM's price file (<c>model_prices_and_context_window.json</c>, see its schema beside it there): dollars per token
/// under a model's name, which begins with its provider's where that is not OpenAI's or Anthropic's own. The rates are read as
/// the decimals that are written, so <c>3e-07</c> is exactly $0.3 a million.
/// </summary>
public sealed class LiteLlmPrices
{
    /// <summary>Dollars per million tokens, and per request: more is taken for a mistake of the file.</summary>
    private const decimal MaxUsd = 10_000;

    private const decimal TokensPerRate = 1_000_000;

    private const int MaxTextLength = 300;

    // Ours by theirs. Google's models are ours twice: by either of its two dialects.
    private static readonly FrozenDictionary<string, string[]> Providers = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["openai"] = ["openai"],
        ["text-completion-openai"] = ["openai"],
        ["anthropic"] = ["anthropic"],
        ["gemini"] = ["google", "gemini"],
        ["azure"] = ["azure"],
        ["deepseek"] = ["deepseek"],
        ["mistral"] = ["mistral"],
        ["xai"] = ["xai"],
        ["groq"] = ["groq"],
        ["together_ai"] = ["together"],
        ["fireworks_ai"] = ["fireworks"],
        ["openrouter"] = ["openrouter"],
        ["perplexity"] = ["perplexity"],
        ["cerebras"] = ["cerebras"],
        ["nvidia_nim"] = ["nvidia"],
        ["cohere"] = ["cohere"],
        ["cohere_chat"] = ["cohere"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Dictionary<string, ImportedPrice> _prices = new(StringComparer.Ordinal);
    private readonly List<PriceFileNote> _skipped = [];
    private readonly List<PriceFileNote> _notes = [];

    private LiteLlmPrices()
    {
    }

    /// <summary>Each model id once; of two entries for one the later.</summary>
    public IReadOnlyCollection<ImportedPrice> Prices => _prices.Values;

    /// <summary>Entries that were not taken, and why.</summary>
    public IReadOnlyList<PriceFileNote> Skipped => _skipped;

    /// <summary>What of a taken entry was left.</summary>
    public IReadOnlyList<PriceFileNote> Notes => _notes;

    /// <param name="json">UTF-8.</param>
    /// <param name="also">Further providers of theirs, taken under the same name.</param>
    /// <returns>Null when it is no such file.</returns>
    public static LiteLlmPrices? Read(ReadOnlyMemory<byte> json, IReadOnlyCollection<string> also)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var file = new LiteLlmPrices();
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                file.Take(entry.Name, entry.Value, also);
            }

            return file;
        }
        catch (JsonException)
        {
            // Told to whoever sent it.
            return null;
        }
    }

    private void Take(string name, JsonElement entry, IReadOnlyCollection<string> also)
    {
        // Not models: an example of an entry, and rules for names.
        if (name is "sample_spec" or "fallback_generalizations" || entry.ValueKind != JsonValueKind.Object)
        {
            Skip(name, "it is not a model");
            return;
        }

        var theirs = Text(entry, "litellm_provider") ?? "";
        var ours = Providers.GetValueOrDefault(theirs) ?? (also.Contains(theirs, StringComparer.Ordinal) ? [theirs] : null);
        var mode = Text(entry, "mode");
        if (ours is null)
        {
            Skip(name, $"the provider '{theirs}' is none of ours: name it with ?providers= to take it under that name");
        }
        else if (mode is not (null or "chat" or "completion" or "responses" or "embedding"))
        {
            Skip(name, $"mode '{mode}' is not priced by tokens of text");
        }
        else if (name.StartsWith("ft:", StringComparison.Ordinal))
        {
            Skip(name, "it is a family of fine-tuned models, not a model");
        }
        else if (ReadPrice(entry, isEmbedding: mode == "embedding", out var problem) is not { } price)
        {
            Skip(name, problem!);
        }
        else
        {
            var model = name.StartsWith(theirs + "/", StringComparison.Ordinal) ? name[(theirs.Length + 1)..] : name;
            Add(name, ours, model, price, entry);
        }
    }

    private void Add(string name, string[] providers, string model, ModelPrice price, JsonElement entry)
    {
        foreach (var provider in providers)
        {
            if (!ModelId.TryParse($"{provider}:{model}", out var id))
            {
                Skip(name, "its name is too long or holds what a model id cannot");
                return;
            }

            _prices[id.ToString()] = new ImportedPrice
            {
                ModelId = id.ToString(),
                Price = price,
                ContextTokens = Count(entry, "max_input_tokens"),
                MaxOutputTokens = Count(entry, "max_output_tokens"),
            };
        }

        if (entry.EnumerateObject().Any(field => field.Name.Contains("_per_token_above_", StringComparison.Ordinal)) || entry.TryGetProperty("tiered_pricing", out _))
        {
            _notes.Add(new PriceFileNote(Cut(name), "long prompts cost more there: the rates of short ones are taken for all"));
        }
    }

    private static ModelPrice? ReadPrice(JsonElement entry, bool isEmbedding, out string? problem)
    {
        problem = null;
        var input = Rate(entry, "input_cost_per_token", TokensPerRate, ref problem);
        var output = Rate(entry, "output_cost_per_token", TokensPerRate, ref problem) ?? (isEmbedding ? Money.Zero : null);
        var cached = Rate(entry, "cache_read_input_token_cost", TokensPerRate, ref problem);
        var written = Rate(entry, "cache_creation_input_token_cost", TokensPerRate, ref problem);
        var reasoning = Rate(entry, "output_cost_per_reasoning_token", TokensPerRate, ref problem);
        var flat = Rate(entry, "input_cost_per_request", 1, ref problem);
        if (problem is null && (input is null || output is null))
        {
            problem = "it has no input_cost_per_token or no output_cost_per_token";
        }

        return problem is not null ? null : new ModelPrice
        {
            InputPerMTok = input!.Value,
            OutputPerMTok = output!.Value,
            CachedInputPerMTok = cached,
            CacheWritePerMTok = written,
            ReasoningPerMTok = reasoning,
            PerRequest = flat,
        };
    }

    private static Money? Rate(JsonElement entry, string field, decimal units, ref string? problem)
    {
        if (!entry.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        const NumberStyles Written = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;
        if (value.ValueKind != JsonValueKind.Number
            || !decimal.TryParse(value.GetRawText(), Written, CultureInfo.InvariantCulture, out var usd)
            || usd < 0 || usd > MaxUsd || usd * units > MaxUsd)
        {
            problem ??= $"{field} is no amount that can be right";
            return null;
        }

        return Money.FromUsd(usd * units);
    }

    private static int? Count(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count > 0 ? count : null;

    private static string? Text(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? Cut(value.GetString()!) : null;

    private void Skip(string name, string why) => _skipped.Add(new PriceFileNote(Cut(name), why));

    private static string Cut(string text) => text.Length <= MaxTextLength ? text : text[..MaxTextLength];
}

/// <summary>A word about one entry of a price file.</summary>
public readonly record struct PriceFileNote(string Model, string Text);
