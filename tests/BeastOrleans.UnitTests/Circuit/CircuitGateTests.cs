using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class CircuitGateTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 1, 8, TimeSpan.Zero);

    [Fact]
    public void Closed_PassesWithoutAllocating()
    {
        var snapshot = new CircuitSnapshot { Generation = 3 };
        CircuitGate.Evaluate(snapshot, Now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            CircuitGate.Evaluate(snapshot, Now);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(AdmissionKind.Pass, CircuitGate.Evaluate(snapshot, Now).Kind);
    }

    [Fact]
    public void Open_SaysSinceWhyAndWhen()
    {
        var admission = CircuitGate.Evaluate(
            new CircuitSnapshot { State = CircuitState.Open, Since = Now.AddSeconds(-1), Until = Now.AddSeconds(3.2), Cause = "5 timeouts" }, Now);
        Assert.Equal(AdmissionKind.Refused, admission.Kind);
        Assert.Equal("open since 12:01:07 after 5 timeouts, next probe in 4 s", admission.Why);
        Assert.Equal(TimeSpan.FromSeconds(3.2), admission.RetryAfter);
    }

    [Fact]
    public void OpenUntilNow_AndHalfOpen_NeedAPermit()
    {
        Assert.Equal(AdmissionKind.NeedsPermit, CircuitGate.Evaluate(new CircuitSnapshot { State = CircuitState.Open, Until = Now }, Now).Kind);
        Assert.Equal(AdmissionKind.NeedsPermit, CircuitGate.Evaluate(new CircuitSnapshot { State = CircuitState.HalfOpen }, Now).Kind);
    }

    [Fact]
    public void Refused_TheLongestObstacleSpeaks()
    {
        var open = new CircuitSnapshot { State = CircuitState.Open, Until = Now.AddSeconds(3), HoldUntil = Now.AddSeconds(30) };
        Assert.Equal("overloaded until 12:01:38, as the upstream said", CircuitGate.Evaluate(open, Now).Why);
        var suspended = open with { SuspendedUntil = Now.AddSeconds(300) };
        Assert.StartsWith("suspended", CircuitGate.Evaluate(suspended, Now).Why, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(300), CircuitGate.Evaluate(suspended, Now).RetryAfter);
    }

    [Fact]
    public void Isolated_HasNoTime()
    {
        var admission = CircuitGate.Evaluate(new CircuitSnapshot { State = CircuitState.Isolated }, Now);
        Assert.Equal((AdmissionKind.Refused, null), (admission.Kind, admission.RetryAfter));
        Assert.Equal("isolated by an operator", admission.Why);
    }
}
