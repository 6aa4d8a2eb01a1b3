using System.Text;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using Xunit;

namespace BeastOrleans.UnitTests.Usage;

public sealed class LiteLlmPricesTests
{
    // In the shape of LiteLLM's file: models of several providers, and all that is no model with a price per token.
    private const string File = """
        {
            "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of https://docs.litellm.ai/docs/providers", "max_input_tokens": "max input tokens"},
            "fallback_generalizations": {"rules": []},
            "gpt-4o-mini": {"cache_read_input_token_cost": 7.5e-08, "input_cost_per_token": 1.5e-07, "litellm_provider": "openai", "max_input_tokens": 128000, "max_output_tokens": 16384, "mode": "chat", "output_cost_per_token": 6e-07},
            "claude-x": {"cache_creation_input_token_cost": 3.75e-06, "cache_read_input_token_cost": 3e-07, "input_cost_per_token": 3e-06, "input_cost_per_token_above_200k_tokens": 6e-06, "litellm_provider": "anthropic", "mode": "chat", "output_cost_per_token": 1.5e-05},
            "gemini/gemini-x": {"input_cost_per_token": 3e-07, "litellm_provider": "gemini", "mode": "chat", "output_cost_per_reasoning_token": 2.5e-06, "output_cost_per_token": 2.5e-06},
            "together_ai/meta-llama/Llama-3": {"input_cost_per_token": 8.8e-07, "litellm_provider": "together_ai", "mode": "chat", "output_cost_per_token": 8.8e-07},
            "text-embedding-x": {"input_cost_per_token": 2e-08, "litellm_provider": "openai", "mode": "embedding"},
            "perplexity/old": {"input_cost_per_request": 0.005, "input_cost_per_token": 0.0, "litellm_provider": "perplexity", "mode": "chat", "output_cost_per_token": 2.8e-07},
            "dall-e": {"input_cost_per_pixel": 1.9e-08, "litellm_provider": "openai", "mode": "image_generation"},
            "amazon.nova": {"input_cost_per_token": 6e-08, "litellm_provider": "bedrock_converse", "mode": "chat", "output_cost_per_token": 2.4e-07},
            "deepinfra/m": {"input_cost_per_token": 1e-06, "litellm_provider": "deepinfra", "mode": "chat", "output_cost_per_token": 2e-06},
            "ft:gpt-4o": {"input_cost_per_token": 3.75e-06, "litellm_provider": "openai", "mode": "chat", "output_cost_per_token": 1.5e-05},
            "gpt-free": {"litellm_provider": "openai", "mode": "chat"},
            "gpt-wrong": {"input_cost_per_token": -1e-06, "litellm_provider": "openai", "mode": "chat", "output_cost_per_token": 1e-06},
            "gpt-huge": {"input_cost_per_token": 30, "litellm_provider": "openai", "mode": "chat", "output_cost_per_token": 1e-06}
        }
        """;

    [Fact]
    public void Read_TakesWhatIsOursExactly()
    {
        var file = Read(File);
        var prices = file.Prices.ToDictionary(price => price.ModelId, StringComparer.Ordinal);
        Assert.Equal(
            ["anthropic:claude-x", "gemini:gemini-x", "google:gemini-x", "openai:gpt-4o-mini", "openai:text-embedding-x", "perplexity:old", "together:meta-llama/Llama-3"],
            prices.Keys.Order(StringComparer.Ordinal));
        AssertPrice(prices["openai:gpt-4o-mini"], 0.15m, 0.6m, 0.075m);
        AssertPrice(prices["anthropic:claude-x"], 3, 15, 0.3m, 3.75m);
        AssertPrice(prices["google:gemini-x"], 0.3m, 2.5m, reasoning: 2.5m);
        AssertPrice(prices["openai:text-embedding-x"], 0.02m, 0);
        AssertPrice(prices["perplexity:old"], 0, 0.28m, flat: 0.005m);
        Assert.Equal((128_000, 16_384), (prices["openai:gpt-4o-mini"].ContextTokens, prices["openai:gpt-4o-mini"].MaxOutputTokens));
        Assert.Equal("claude-x", Assert.Single(file.Notes).Model);
    }

    [Theory]
    [InlineData("sample_spec", "not a model")]
    [InlineData("fallback_generalizations", "not a model")]
    [InlineData("dall-e", "image_generation")]
    [InlineData("amazon.nova", "'bedrock_converse' is none of ours")]
    [InlineData("deepinfra/m", "?providers=")]
    [InlineData("ft:gpt-4o", "fine-tuned")]
    [InlineData("gpt-free", "no input_cost_per_token")]
    [InlineData("gpt-wrong", "input_cost_per_token is no amount")]
    [InlineData("gpt-huge", "input_cost_per_token is no amount")]
    public void Read_SaysWhatItSkipsAndWhy(string name, string why) =>
        Assert.Contains(why, Assert.Single(Read(File).Skipped, skip => skip.Model == name).Text, StringComparison.Ordinal);

    [Fact]
    public void Read_TakesAProviderThatIsNamed() =>
        AssertPrice(Assert.Single(Read(File, "deepinfra").Prices, price => price.ModelId == "deepinfra:m"), 1, 2);

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    public void Read_OfSomethingElse_IsNull(string text) => Assert.Null(LiteLlmPrices.Read(Encoding.UTF8.GetBytes(text), []));

    private static LiteLlmPrices Read(string text, params string[] also) => LiteLlmPrices.Read(Encoding.UTF8.GetBytes(text), also)!;

    private static void AssertPrice(
        ImportedPrice price, decimal input, decimal output, decimal? cached = null, decimal? written = null, decimal? reasoning = null, decimal? flat = null)
    {
        Assert.Equal(
            new ModelPrice
            {
                InputPerMTok = Money.FromUsd(input),
                OutputPerMTok = Money.FromUsd(output),
                CachedInputPerMTok = Of(cached),
                CacheWritePerMTok = Of(written),
                ReasoningPerMTok = Of(reasoning),
                PerRequest = Of(flat),
            },
            price.Price);

        static Money? Of(decimal? usd) => usd is { } one ? Money.FromUsd(one) : null;
    }
}
