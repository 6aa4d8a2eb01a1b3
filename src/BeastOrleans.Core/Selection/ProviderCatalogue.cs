using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>The providers built in, found by name, by address or by a model's name. Others are configured with a base URL and speak the OpenAI dialect.</summary>
public static partial class ProviderCatalogue
{
    internal static IEnumerable<string> Names => All.Select(one => one.Name);

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

    /// <summary>Whose host it is, so that a custom model there gets what its provider needs; null = nobody's that we know. Loopback is nobody's.</summary>
    public static WellKnownProvider? AtAddress(Uri address, Dialect dialect)
    {
        var host = address.IdnHost;
        foreach (var one in All)
        {
            if (one.Dialect == dialect && !one.IsLocal
                && (string.Equals(one.BaseUrl?.IdnHost, host, StringComparison.OrdinalIgnoreCase)
                    || Array.Exists(one.HostEndings, ending => host.EndsWith(ending, StringComparison.OrdinalIgnoreCase))))
            {
                return one;
            }
        }

        return null;
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
}
