using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using Xunit;

namespace BeastOrleans.UnitTests.Circuit;

public sealed class CircuitHoldTests
{
    private readonly CircuitDriver _circuit = new();

    [Fact]
    public void Overload_WithoutRetryAfter_DoublesFromTwoToTwentySeconds()
    {
        var holds = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            _circuit.Report(OutcomeClass.Overload);
            holds.Add(_circuit.HoldSeconds);
            _circuit.Advance(_circuit.HoldSeconds);
        }

        Assert.Equal([2, 4, 8, 16, 20, 20], holds);
        _circuit.Report(OutcomeClass.Ok);
        _circuit.Report(OutcomeClass.Overload);
        Assert.Equal(2, _circuit.HoldSeconds);
    }

    [Fact]
    public void Overload_ManyAtOnce_AreOneHold()
    {
        _circuit.Report(OutcomeClass.Overload, times: 20);
        Assert.Equal(2, _circuit.HoldSeconds);
    }

    [Fact]
    public void Overload_RetryAfter_IsKeptCappedAndNeverShortened()
    {
        _circuit.Report(OutcomeClass.Overload, retryAfter: TimeSpan.FromSeconds(30));
        Assert.Equal(30, _circuit.HoldSeconds);
        _circuit.Report(OutcomeClass.Overload, retryAfter: TimeSpan.FromSeconds(3));
        Assert.Equal(30, _circuit.HoldSeconds);
        _circuit.Report(OutcomeClass.Overload, retryAfter: TimeSpan.FromHours(5));
        Assert.Equal(600, _circuit.HoldSeconds);
        _circuit.Report(OutcomeClass.Overload, retryAfter: TimeSpan.MaxValue);
        Assert.Equal(600, _circuit.HoldSeconds);
    }

    [Fact]
    public void Credential_TwoWithinAMinute_Suspend()
    {
        _circuit.Report(OutcomeClass.Credential);
        _circuit.Advance(61);
        _circuit.Report(OutcomeClass.Credential);
        Assert.Null(_circuit.State.SuspendedUntil);
        _circuit.Advance(59);
        _circuit.Report(OutcomeClass.Credential);

        Assert.Equal(_circuit.Now + TimeSpan.FromMinutes(5), _circuit.State.SuspendedUntil);
        Assert.Equal(CircuitState.Closed, _circuit.State.State);
        Assert.Equal(AdmissionKind.Refused, CircuitGate.Evaluate(_circuit.Snapshot, _circuit.Now).Kind);
        Assert.Null(_circuit.Ask());
    }

    [Fact]
    public void Suspended_OneRequestTriesEveryFiveMinutes()
    {
        _circuit.Report(OutcomeClass.Credential, times: 2);
        _circuit.Advance(300);
        Assert.Equal(AdmissionKind.NeedsPermit, CircuitGate.Evaluate(_circuit.Snapshot, _circuit.Now).Kind);
        var permit = _circuit.Ask();
        Assert.NotNull(permit);
        Assert.Null(_circuit.Ask());
        _circuit.Report(OutcomeClass.Credential, permit: permit);
        Assert.Null(_circuit.Ask());
        _circuit.Advance(300);
        _circuit.Report(OutcomeClass.Ok, permit: _circuit.Ask());
        Assert.Null(_circuit.State.SuspendedUntil);
        Assert.Equal(AdmissionKind.Pass, CircuitGate.Evaluate(_circuit.Snapshot, _circuit.Now).Kind);
    }

    [Fact]
    public void Suspended_NewerDescriptorIsNotAffectedAndLifts()
    {
        _circuit.Report(OutcomeClass.Credential, times: 2, version: 1);
        Assert.Equal(AdmissionKind.Pass, CircuitGate.Evaluate(_circuit.Snapshot, _circuit.Now, descriptorVersion: 2).Kind);
        _circuit.Report(OutcomeClass.Ok, version: 2);
        Assert.Null(_circuit.State.SuspendedUntil);

        // Refusals of the replaced credential that arrive late suspend nothing.
        _circuit.Report(OutcomeClass.Credential, times: 5, version: 1);
        Assert.Null(_circuit.State.SuspendedUntil);
    }

    [Fact]
    public void Suspended_CredentialChanged_Lifts()
    {
        _circuit.Report(OutcomeClass.Credential, times: 2, version: 4);
        _circuit.Apply(new CircuitEvent.CredentialChanged(4));
        Assert.NotNull(_circuit.State.SuspendedUntil);
        _circuit.Apply(new CircuitEvent.CredentialChanged(5));
        Assert.Null(_circuit.State.SuspendedUntil);
        Assert.Contains(new CircuitEffect.SnapshotChanged(), _circuit.Effects);
    }

    [Fact]
    public void Config_SetsABadgeThatSuccessClears()
    {
        _circuit.Report(OutcomeClass.Config);
        Assert.True(_circuit.Snapshot.Misconfigured);
        Assert.Equal(AdmissionKind.Pass, CircuitGate.Evaluate(_circuit.Snapshot, _circuit.Now).Kind);
        _circuit.Report(OutcomeClass.Ok);
        Assert.False(_circuit.Snapshot.Misconfigured);
    }

    [Fact]
    public void Version_GrowsWithTheSnapshotOnly()
    {
        _circuit.Report(OutcomeClass.Ok, times: 3);
        Assert.Equal(0, _circuit.State.Version);
        _circuit.Report(OutcomeClass.Sick);
        Assert.Equal(1, _circuit.State.Version);
        Assert.DoesNotContain(new CircuitEffect.SnapshotChanged(), _circuit.Effects);
        _circuit.Report(OutcomeClass.Overload);
        Assert.Equal(2, _circuit.State.Version);
        Assert.Contains(new CircuitEffect.SnapshotChanged(), _circuit.Effects);
    }
}
