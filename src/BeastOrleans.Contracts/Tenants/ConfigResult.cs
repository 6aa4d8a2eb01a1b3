namespace BeastOrleans.Contracts.Tenants;

[GenerateSerializer, Alias("beast.ConfigError")]
public enum ConfigError
{
    None = 0,
    NotFound = 1,

    /// <summary>There is one of that name.</summary>
    Conflict = 2,

    /// <summary>The owner has as many as it may have.</summary>
    LimitReached = 3,
}

/// <summary>The outcome of a configuration write, free of HTTP: the gateway turns it into a status.</summary>
[GenerateSerializer, Immutable, Alias("beast.ConfigResult`1")]
public sealed record ConfigResult<T>
    where T : class
{
    [Id(0)]
    public ConfigError Error { get; init; }

    /// <summary>For people; empty when <see cref="Error"/> is none.</summary>
    [Id(1)]
    public string Message { get; init; } = "";

    [Id(2)]
    public T? Value { get; init; }

    /// <summary>The owner's configuration version after the write: carried into the next plan, so that a caller sees its own write.</summary>
    [Id(3)]
    public long Version { get; init; }
}

public static class ConfigResult
{
    public static ConfigResult<T> Ok<T>(T value, long version)
        where T : class => new() { Value = value, Version = version };

    public static ConfigResult<T> Fail<T>(ConfigError error, string message)
        where T : class => new() { Error = error, Message = message };
}
