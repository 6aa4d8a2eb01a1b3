using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Contracts.Selection;

/// <summary>The facts of a request that selection depends on: never its content.</summary>
[GenerateSerializer, Immutable, Alias("beast.PlanRequest")]
public sealed record PlanRequest
{
    /// <summary>As the caller wrote it; null or <c>auto</c> = select.</summary>
    [Id(0)]
    public string? Model { get; init; }

    /// <summary>What the request itself asked for (headers, body options).</summary>
    [Id(1)]
    public RoutePolicy Request { get; init; } = RoutePolicy.Empty;

    /// <summary>The key's own policy.</summary>
    [Id(2)]
    public RoutePolicy Key { get; init; } = RoutePolicy.Empty;

    /// <summary>The key's allow-list of model ids (<c>custom:*</c> and <c>openai:*</c> stand for a whole provider); null = all.</summary>
    [Id(3)]
    public string[]? AllowedModels { get; init; }

    [Id(4)]
    public Capabilities Needs { get; init; }

    /// <summary>A lower bound of the prompt's tokens; 0 = unknown.</summary>
    [Id(5)]
    public int PromptTokens { get; init; }

    /// <summary>The newest tenant configuration that the caller has seen: an older cached one is read again.</summary>
    [Id(6)]
    public long MinTenantVersion { get; init; }

    [Id(7)]
    public long MinPlatformVersion { get; init; }

    /// <summary>The longest answer asked for, in tokens; 0 = not said.</summary>
    [Id(8)]
    public int MaxOutputTokens { get; init; }
}
