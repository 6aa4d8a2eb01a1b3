using BeastOrleans.GatewayTests.Forwarding;
using BeastOrleans.Simulator;

namespace BeastOrleans.GatewayTests.Faults;

internal enum Modes
{
    Both,
    Stream,
    Plain,
}

/// <summary>One row of the fault table: what is wrong with the primary, and everything that must be seen of it.</summary>
internal sealed record FaultCase
{
    public Modes Modes { get; init; }

    /// <summary>What the primary does with every request.</summary>
    public SimulatorBehavior? Fault { get; init; }

    /// <summary>What the primary does with its first request alone.</summary>
    public SimulatorBehavior? Once { get; init; }

    /// <summary>What the fallback does.</summary>
    public SimulatorBehavior? FallbackFault { get; init; }

    /// <summary>Limits of the custom model, in seconds, all three; null = the product's own.</summary>
    public double? LimitSeconds { get; init; }

    public int? ContextTokens { get; init; }

    /// <summary>The primary speaks Anthropic's dialect.</summary>
    public bool Anthropic { get; init; }

    /// <summary>Where the custom model is said to be; null = at the primary.</summary>
    public Func<Scene, string>? BaseUrl { get; init; }

    public Func<Scene, Task>? Arrange { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>Null = nobody, or not to the end.</summary>
    public string? Served { get; init; } = Scene.ProviderId;

    /// <summary>In order; each is a ledger row.</summary>
    public required ExpectedAttempt[] Attempts { get; init; }

    /// <summary>Requests that the primary saw; null = one for each of its attempts.</summary>
    public int? PrimaryCalls { get; init; }

    /// <summary>State, failures in a row, and <c>held</c>, <c>suspended</c>, <c>misconfigured</c> where it is.</summary>
    public string Circuit { get; init; } = "closed 1";

    /// <summary>The stream broke after its first content.</summary>
    public bool Partial => Attempts[^1].Outcome == "partial";

    /// <summary>The text that the client has; null = the whole answer of whoever served.</summary>
    public string? Text { get; init; }

    /// <summary>Code of the error that the client has; null = none, or the upstream's own.</summary>
    public string? ErrorCode { get; init; }

    public TimeSpan AtLeast { get; init; }

    public TimeSpan AtMost { get; init; } = TimeSpan.FromSeconds(10);
}

/// <param name="ModelId">Who was called.</param>
/// <param name="Outcome">As the decision record has it.</param>
/// <param name="Reason">As the decision record has it.</param>
/// <param name="Status">The upstream's own; null when it gave none.</param>
/// <param name="CostUsd">What the row costs.</param>
internal sealed record ExpectedAttempt(string ModelId, string Outcome, string Reason, int? Status, decimal CostUsd = 0)
{
    /// <summary>A broken stream was <c>ok</c> when its headers went out.</summary>
    public string InHeader => $"{ModelId}={(Outcome == "partial" ? "ok" : Reason == "none" ? Outcome : Reason)}";

    public static ExpectedAttempt Primary(string outcome, string reason, int? status, decimal costUsd = 0) => new(Scene.CustomId, outcome, reason, status, costUsd);

    public static ExpectedAttempt PrimaryOk { get; } = Primary("ok", "none", 200, 0.17m);

    public static ExpectedAttempt FallbackOk { get; } = new(Scene.ProviderId, "ok", "none", 200, 0.51m);
}
