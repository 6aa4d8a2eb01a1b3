using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>A provider of which we know where it is, what its models are called and in what it differs from its dialect.</summary>
public sealed record WellKnownProvider
{
    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>OpenAI dialect: what an SDK takes, mostly with <c>/v1</c>; Anthropic: the root; Gemini: with <c>/v1beta</c>. Null = everyone has an address of their own.</summary>
    public required Uri? BaseUrl { get; init; }

    /// <summary>What a fallback uses where the owner of the key names none; null = everyone has models of their own.</summary>
    public required string? DefaultModel { get; init; }

    /// <summary>Beginnings of bare model names that mean this provider.</summary>
    public string[] Prefixes { get; init; } = [];

    /// <summary>Endings of host names that are this provider's too, with the dot before.</summary>
    public string[] HostEndings { get; init; } = [];

    /// <summary>A server of one's own: no key is needed, and its usual address is this machine.</summary>
    public bool IsLocal { get; init; }

    public AuthHeader AuthHeader { get; init; }

    /// <summary>False: refuses <c>stream_options</c>, or tells usage without being asked.</summary>
    public bool UsageInStream { get; init; } = true;

    /// <summary>Fields of a chat request that it refuses and that have another name there, or whose loss breaks no promise.</summary>
    public ProviderField[] Fields { get; init; } = [];

    /// <summary>Sent with every request.</summary>
    public StaticHeader[] Headers { get; init; } = [];
}

/// <summary>A field that a provider refuses, of all its models or of some.</summary>
/// <param name="Name">At the top level of a chat request.</param>
/// <param name="SendAs">Its name there; null = left out.</param>
/// <param name="Models">Beginnings of the names of the models that refuse it; empty = all.</param>
public sealed record ProviderField(string Name, string? SendAs, params string[] Models);
