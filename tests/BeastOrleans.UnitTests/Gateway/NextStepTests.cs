using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class NextStepTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);

    [Theory]
    [InlineData(OutcomeClass.Caller)]
    [InlineData(OutcomeClass.Abandoned)]
    public void After_CallersOwnFault_Stops(OutcomeClass outcome) =>
        Assert.Equal(NextStepKind.Stop, After(Failure(outcome) with { NotProcessed = true, BeforeAnswer = true }).Kind);

    [Theory]
    [InlineData(OutcomeClass.Sick)]
    [InlineData(OutcomeClass.Timeout)]
    [InlineData(OutcomeClass.Overload)]
    [InlineData(OutcomeClass.Credential)]
    [InlineData(OutcomeClass.Config)]
    [InlineData(OutcomeClass.Context)]
    public void After_AnyOtherFailure_GoesOnAtOnce(OutcomeClass outcome) =>
        Assert.Equal((NextStepKind.NextCandidate, TimeSpan.Zero), (After(Failure(outcome)).Kind, After(Failure(outcome)).Wait));

    [Fact]
    public void After_NotProcessed_AsksTheSameAtOnce() =>
        Assert.Equal(new NextStep(NextStepKind.SameEndpoint), After(Failure(OutcomeClass.Sick) with { NotProcessed = true, BeforeAnswer = true }));

    [Theory]
    [InlineData(0.0, 100)]
    [InlineData(0.5, 200)]
    [InlineData(0.999, 299.8)]
    public void After_FailureBeforeAnyByte_AsksTheSameAfterAMoment(double jitter, double milliseconds)
    {
        var next = NextStep.After(Failure(OutcomeClass.Sick) with { BeforeAnswer = true }, mayRetry: true, Patience, jitter);
        Assert.Equal(NextStepKind.SameEndpoint, next.Kind);
        Assert.Equal(milliseconds, next.Wait.TotalMilliseconds, 0.01);
    }

    [Fact]
    public void After_TimeoutBeforeAnyByte_NeverAsksTheSame() =>
        Assert.Equal(NextStepKind.NextCandidate, After(Failure(OutcomeClass.Timeout) with { BeforeAnswer = true }).Kind);

    [Theory]
    [InlineData(0, true)]
    [InlineData(2.5, true)]
    [InlineData(2.6, false)]
    [InlineData(30, false)]
    public void After_Overload_WaitsOnlyWithinPatience(double retryAfterSeconds, bool waits)
    {
        var next = After(Failure(OutcomeClass.Overload) with { RetryAfter = TimeSpan.FromSeconds(retryAfterSeconds) });
        Assert.Equal(waits ? NextStepKind.SameEndpoint : NextStepKind.NextCandidate, next.Kind);
        Assert.Equal(waits ? retryAfterSeconds : 0, next.Wait.TotalSeconds);
    }

    [Fact]
    public void After_OverloadWithoutPatience_GoesOn() =>
        Assert.Equal(
            NextStepKind.NextCandidate,
            NextStep.After(Failure(OutcomeClass.Overload) with { RetryAfter = TimeSpan.FromSeconds(1) }, mayRetry: true, TimeSpan.Zero, 0).Kind);

    [Fact]
    public void After_RetrySpent_GoesOnWhateverHappened()
    {
        foreach (var failure in new[]
        {
            Failure(OutcomeClass.Sick) with { NotProcessed = true },
            Failure(OutcomeClass.Sick) with { BeforeAnswer = true },
            Failure(OutcomeClass.Overload) with { RetryAfter = TimeSpan.FromSeconds(1) },
        })
        {
            Assert.Equal(NextStepKind.NextCandidate, After(failure, mayRetry: false).Kind);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_StreamOptionsRefused_AsksTheSameInOtherWords(bool mayRetry) =>
        Assert.Equal(new NextStep(NextStepKind.SameEndpoint), After(Failure(OutcomeClass.Config) with { RefusedStreamOptions = true }, mayRetry));

    private static NextStep After(AttemptFailure failure, bool mayRetry = true) => NextStep.After(failure, mayRetry, Patience, 0);

    private static AttemptFailure Failure(OutcomeClass outcome) => new() { Class = outcome, Reason = FailureReason.Other, Message = "x" };
}
