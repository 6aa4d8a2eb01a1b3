using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.Gemini;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams;

/// <summary>Who speaks to an endpoint, by its dialect and the client's.</summary>
public sealed class UpstreamRegistry
{
    private readonly OpenAIUpstream _openAI;
    private readonly CompletionsUpstream _completions;
    private readonly EmbeddingsUpstream _embeddings;
    private readonly AnthropicUpstream _anthropic;
    private readonly MessagesUpstream _messages;
    private readonly GeminiUpstream _gemini;

    internal UpstreamRegistry(UpstreamHttp http, TimeProvider time)
    {
        _openAI = new OpenAIUpstream(http, time);
        _completions = new CompletionsUpstream(http, time);
        _embeddings = new EmbeddingsUpstream(http, time);
        _anthropic = new AnthropicUpstream(http, time);
        _messages = new MessagesUpstream(http, time);
        _gemini = new GeminiUpstream(http, time);
    }

    /// <summary>
    /// Where client and endpoint speak the same dialect, bytes pass untouched; else the way goes through chat completions.
    /// </summary>
    /// <param name="request">Null = a chat completion.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dialect that this version does not know.</exception>
    public IUpstream For(Dialect dialect, ModelRequest? request = null) => (dialect, request) switch
    {
        (Dialect.OpenAI, CompletionsRequest) => _completions,
        (Dialect.OpenAI, EmbeddingsRequest) => _embeddings,
        (Dialect.OpenAI, _) => _openAI,
        (Dialect.Anthropic, MessagesRequest) => _messages,
        (Dialect.Anthropic, _) => _anthropic,
        (Dialect.Gemini, _) => _gemini,
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, "No upstream speaks this dialect."),
    };
}
