using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Contracts.Changes;

[GenerateSerializer, Alias("beast.ChangeKind")]
public enum ChangeKind
{
    /// <summary>A virtual key was changed or revoked; the subject is its digest in hex.</summary>
    Key = 0,

    /// <summary>A tenant's catalogue, credentials or policy changed; the subject is the tenant.</summary>
    Tenant = 1,

    /// <summary>A user's models, credentials or policy changed; the subject is the selector's grain key.</summary>
    User = 2,

    /// <summary>The platform's configuration changed; the subject is empty.</summary>
    Platform = 3,

    /// <summary>An endpoint's circuit changed; the subject is its grain key and <see cref="Change.Circuit"/> the new state.</summary>
    Circuit = 4,

    /// <summary>A budget was changed or removed, so what is lent of it is recalled; the subject is its scope.</summary>
    Budget = 5,
}

/// <summary>One piece of news for every process.</summary>
[GenerateSerializer, Immutable, Alias("beast.Change")]
public sealed record Change
{
    [Id(0)]
    public required ChangeKind Kind { get; init; }

    [Id(1)]
    public required string Subject { get; init; }

    /// <summary>The new version of the subject's configuration; 0 where it has none.</summary>
    [Id(2)]
    public long Version { get; init; }

    [Id(3)]
    public CircuitSnapshot? Circuit { get; init; }
}

/// <summary>The answer to a poll.</summary>
[GenerateSerializer, Immutable, Alias("beast.ChangeBatch")]
public sealed record ChangeBatch
{
    /// <summary>The feed's activation: another epoch than the poller's means that news may be lost, so resync.</summary>
    [Id(0)]
    public required long Epoch { get; init; }

    /// <summary>The position to poll from next.</summary>
    [Id(1)]
    public required long Position { get; init; }

    [Id(2)]
    public required Change[] Changes { get; init; }

    /// <summary>The poller must drop what it cached: its epoch or position is unknown here.</summary>
    [Id(3)]
    public bool Resync { get; init; }
}
