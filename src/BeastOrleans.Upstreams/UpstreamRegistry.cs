using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Anthropic;

namespace BeastOrleans.Upstreams;

/// <summary>The upstream of each dialect.</summary>
public sealed class UpstreamRegistry
{
    private readonly IUpstream _openAI;
    private readonly IUpstream _anthropic;
    private readonly IUpstream _messages;

    /// <param name="openAI">OpenAI's endpoints, by way of chat completions.</param>
    /// <param name="anthropic">Anthropic's, by way of chat completions.</param>
    /// <param name="messages">Anthropic's, for clients that speak Anthropic's messages themselves.</param>
    public UpstreamRegistry(IUpstream openAI, IUpstream anthropic, IUpstream messages)
    {
        ArgumentNullException.ThrowIfNull(openAI);
        ArgumentNullException.ThrowIfNull(anthropic);
        ArgumentNullException.ThrowIfNull(messages);
        _openAI = openAI;
        _anthropic = anthropic;
        _messages = messages;
    }

    /// <summary>Where client and endpoint speak the same dialect, bytes pass untouched; else the way goes through chat completions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dialect that this version does not know.</exception>
    public IUpstream For(Dialect dialect, ModelRequest? request = null) => dialect switch
    {
        Dialect.OpenAI => _openAI,
        Dialect.Anthropic => request is MessagesRequest ? _messages : _anthropic,
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, "No upstream speaks this dialect."),
    };
}
