using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Http;

/// <summary>What a base URL may be, checked when it is registered. The address itself is checked again at every connect.</summary>
public sealed class BaseUrlRules
{
    /// <summary>The longest base URL taken, in characters.</summary>
    public const int MaxLength = 2048;

    /// <param name="addressChosenByTenant">True checks a literal address against the guard; the operator's own are free.</param>
    public bool TryValidate(
        string? text,
        Dialect dialect,
        [NotNullWhen(true)] out Uri? url,
        [NotNullWhen(false)] out string? problem,
        bool addressChosenByTenant = true) => throw new NotImplementedException();
}
