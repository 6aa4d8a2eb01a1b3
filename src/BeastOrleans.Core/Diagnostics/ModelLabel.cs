using System.Collections.Frozen;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Core.Selection;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Core.Diagnostics;

/// <summary>
/// Models and providers as label values: those of our own lists by name. What a tenant registered is <c>custom</c>, what nobody knows
/// is <c>other</c>: a name that somebody typed makes no series.
/// </summary>
public static class ModelLabel
{
    public const string Custom = "custom";
    public const string Other = "other";

    private static readonly FrozenDictionary<string, string> Models = KnownModels.Ids.Concat(BuiltInPrices.Entries.Select(e => e.ModelId))
        .Distinct(StringComparer.Ordinal)
        .ToFrozenDictionary(id => id, id => id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);

    private static readonly FrozenSet<string> Providers = ProviderCatalogue.Names.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>All values of a label that names a model.</summary>
    public static string[] AllModels { get; } = [.. Models.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), Custom, Other];

    /// <summary>All values of a label that names a provider.</summary>
    public static string[] AllProviders { get; } = [.. ProviderCatalogue.Names.Order(StringComparer.Ordinal), Custom, Other];

    /// <param name="modelId">E.g. <c>openai:gpt-4</c>.</param>
    public static string OfModel(EndpointType type, string modelId) =>
        type == EndpointType.Custom ? Custom : Models.GetValueOrDefault(modelId) ?? Models.GetValueOrDefault(ModelNames.WithoutDate(modelId)) ?? Other;

    public static string OfProvider(EndpointType type, ModelId id) =>
        type == EndpointType.Custom ? Custom : Providers.TryGetValue(id.Provider, out var known) ? known : Other;
}
