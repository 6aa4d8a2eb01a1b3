using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams;

/// <summary>The upstream of each dialect.</summary>
public sealed class UpstreamRegistry
{
    private readonly IUpstream _openAI;
    private readonly IUpstream _anthropic;
    private readonly IUpstream _gemini;

    public UpstreamRegistry(IUpstream openAI, IUpstream anthropic, IUpstream gemini)
    {
        ArgumentNullException.ThrowIfNull(openAI);
        ArgumentNullException.ThrowIfNull(anthropic);
        ArgumentNullException.ThrowIfNull(gemini);
        _openAI = openAI;
        _anthropic = anthropic;
        _gemini = gemini;
    }

    /// <exception cref="ArgumentOutOfRangeException">A dialect that this version does not know.</exception>
    public IUpstream For(Dialect dialect) => dialect switch
    {
        Dialect.OpenAI => _openAI,
        Dialect.Anthropic => _anthropic,
        Dialect.Gemini => _gemini,
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, "No upstream speaks this dialect."),
    };
}
