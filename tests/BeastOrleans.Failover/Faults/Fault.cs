using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;

namespace BeastOrleans.Failover.Faults;

/// <summary>One way for a primary to fail, and what is right then in each mode; a mode without an expectation is not run.</summary>
internal sealed record Fault(string Name)
{
    public StagePlan Plan { get; init; } = new();

    /// <summary>The same fault of an answer that is no stream, where the script needs other words for it.</summary>
    public SimulatorBehavior? PlainPrimary { get; init; }

    public Expectation? Plain { get; init; }

    public Expectation? Stream { get; init; }

    public Expectation? Buffered { get; init; }

    /// <summary>One of the sixteen of the public benchmark.</summary>
    public bool IsPublic { get; init; }

    /// <summary>The circuit is opened by earlier requests before the one that counts.</summary>
    public bool OpensCircuitFirst { get; init; }

    /// <summary>The content event of a stream that cannot be read and is left out; the others stand.</summary>
    public int? LostWord { get; init; }

    /// <summary>Words of the primary's answer; null = the simulator's default.</summary>
    public int? Tokens => Plan.Primary?.Tokens;

    /// <summary>For the reader of the table.</summary>
    public string? Note { get; init; }

    /// <summary>A thin margin is measured while nothing else runs.</summary>
    public bool RunsAlone { get; init; }

    /// <summary>The same in all three modes.</summary>
    public Expectation Everywhere
    {
        init => (Plain, Stream, Buffered) = (value, value, value);
    }

    /// <summary>The same in both streaming modes.</summary>
    public Expectation Streaming
    {
        init => (Stream, Buffered) = (value, value);
    }

    /// <summary>The same where nothing was shown before the failure.</summary>
    public Expectation Unseen
    {
        init => (Plain, Buffered) = (value, value);
    }

    public IEnumerable<(Mode Mode, Expectation Expectation)> Runs =>
        new[] { (Mode.Plain, Plain), (Mode.Stream, Stream), (Mode.Buffered, Buffered) }.Where(r => r.Item2 is not null).Select(r => (r.Item1, r.Item2!));
}
