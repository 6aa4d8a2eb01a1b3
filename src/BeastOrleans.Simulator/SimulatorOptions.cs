using System.Net;

namespace BeastOrleans.Simulator;

/// <summary>How one simulated upstream listens and what it answers when no script speaks.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Address to listen on. Default loopback: a fake upstream has no business on a public interface.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port, 0 to 65535; 0 takes a free one. Default 0.</summary>
    public int Port { get; init; }

    /// <summary>Model names that <c>GET /v1/models</c> lists. Default <c>sim-small</c> and <c>sim-large</c>.</summary>
    public IReadOnlyList<string> Models { get; init; } = ["sim-small", "sim-large"];

    /// <summary>Answer 404 for a model that <see cref="Models"/> does not list. Default false: any name is answered.</summary>
    public bool RejectUnknownModels { get; init; }

    /// <summary>When set, requests without this key (Bearer or x-api-key) get 401. Default none.</summary>
    public string? RequiredApiKey { get; init; }

    /// <summary>Validate requests as the real providers do: unknown and mis-shaped fields, the order of turns, tool results without a call. Default false.</summary>
    public bool Strict { get; init; }

    /// <summary>Refuse <c>stream_options</c> with 400, as some OpenAI-compatible upstreams do. Default false.</summary>
    public bool RefuseStreamOptions { get; init; }

    /// <summary>Content tokens (words) of an answer when no script sets them, 1 to 100,000. Default 16.</summary>
    public int DefaultTokens { get; init; } = 16;

    /// <summary>What applies when neither the <c>x-sim</c> header nor a script does. Default: a plain, immediate answer.</summary>
    public SimulatorBehavior DefaultBehavior { get; init; } = new();

    /// <summary>
    /// Load peer: no request log, no flush per event, Kestrel's own write buffer. Scripts still work, but how many
    /// bytes leave before a cut is then no longer exact. Default false.
    /// </summary>
    public bool BenchmarkMode { get; init; }

    /// <summary>Request body bytes kept per log entry, 0 to 32 MB. Default 2 MB.</summary>
    public int MaxLoggedBodyBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Log entries kept, 1 to 10,000. Default 10,000.</summary>
    public int MaxLogEntries { get; init; } = SimulatorLimits.MaxLogEntries;

    /// <summary>Bytes of all bodies in the log together, 1 to 256 MB. Default 256 MB.</summary>
    public long MaxLogBytes { get; init; } = SimulatorLimits.MaxLogBytes;

    /// <summary>Gets a line on the disk for each answer given, before its last byte: <c>user input output</c>. Default none.</summary>
    public string? TruthFile { get; init; }

    /// <summary>Clock of latencies, pacing and log times. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(DefaultTokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DefaultTokens, SimulatorLimits.MaxTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxLoggedBodyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxLoggedBodyBytes, SimulatorLimits.MaxBodyBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLogEntries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxLogEntries, SimulatorLimits.MaxLogEntries);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLogBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxLogBytes, SimulatorLimits.MaxLogBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Models.Count, SimulatorLimits.MaxModelCards);
        if (BehaviorJson.FirstProblem(DefaultBehavior) is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }
}
