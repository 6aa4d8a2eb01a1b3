namespace BeastOrleans.Failover.Stages;

/// <summary>No upstream at all: <c>.invalid</c> never resolves (RFC 2606).</summary>
internal sealed class UnknownNamePrimary : IPrimary
{
    public string BaseUrl => "http://no-such-upstream.invalid/v1";

    public int? Attempts => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
