using BeastOrleans.Upstreams.Http;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Upstreams;

internal sealed class UpstreamOptionsValidator : IValidateOptions<UpstreamOptions>
{
    public ValidateOptionsResult Validate(string? name, UpstreamOptions options)
    {
        var networks = options.AllowedNetworks ?? [];
        if (networks.Length > AllowedNetwork.MaxCount)
        {
            return ValidateOptionsResult.Fail($"Beast:Upstreams:AllowedNetworks has more than {AllowedNetwork.MaxCount} entries.");
        }

        foreach (var text in networks)
        {
            if (!AllowedNetwork.TryParse(text, out _, out var problem))
            {
                return ValidateOptionsResult.Fail($"Beast:Upstreams:AllowedNetworks: {problem}");
            }
        }

        return options.TraceContext is UpstreamOptions.NoTraceContext or UpstreamOptions.CustomTraceContext or UpstreamOptions.AllTraceContext
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Beast:Upstreams:TraceContext is 'none', 'custom' or 'all'.");
    }

    /// <summary>Only of options that passed <see cref="Validate"/>.</summary>
    public static AllowedNetwork[] Parse(UpstreamOptions options)
    {
        var networks = new List<AllowedNetwork>();
        foreach (var text in options.AllowedNetworks ?? [])
        {
            if (!AllowedNetwork.TryParse(text, out var parsed, out var problem))
            {
                throw new OptionsValidationException(nameof(UpstreamOptions), typeof(UpstreamOptions), [problem]);
            }

            networks.AddRange(parsed);
        }

        return [.. networks];
    }
}
