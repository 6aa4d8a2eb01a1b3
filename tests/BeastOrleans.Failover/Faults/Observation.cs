using BeastOrleans.Failover.Clients;

namespace BeastOrleans.Failover.Faults;

/// <summary>One run of a fault: what the client saw, and what the upstreams did.</summary>
internal sealed record Observation
{
    public required ClientAnswer Answer { get; init; }

    public required int PrimaryAttempts { get; init; }

    public required int FallbackAttempts { get; init; }

    /// <summary>The texts that would be right, by the model that gives them.</summary>
    public required IReadOnlyDictionary<string, string> RightTexts { get; init; }

    /// <summary>Whose text the client has, whatever the gateway says; null when it is nobody's.</summary>
    public string? AnsweredBy => RightTexts.Where(t => t.Value == Answer.Text).Select(t => t.Key).FirstOrDefault();

    /// <summary>A request to the fallback ended with an assistant's message.</summary>
    public bool SentPrefill { get; init; }

    /// <summary>Calls of the upstream that a redirect named.</summary>
    public int BystanderCalls { get; init; }

    public int? CircuitFailures { get; init; }
}
