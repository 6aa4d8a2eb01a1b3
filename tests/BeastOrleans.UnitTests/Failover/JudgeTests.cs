using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Faults;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Stages;
using Xunit;

namespace BeastOrleans.UnitTests.Failover;

/// <summary>A benchmark that cannot fail says nothing: each lie that a gateway could tell is told here, and must be seen.</summary>
public sealed class JudgeTests
{
    private const string Text = "Simulated answer from gpt-4.";
    private const string PrimaryText = "Simulated answer from llama-3.";

    private static readonly Expectation Fallback = Expectation.OfFallback(within: 3, "network");
    private static readonly Expectation Primary = Expectation.OfPrimary(within: 3, attempts: 2) with { AtLeast = TimeSpan.FromSeconds(0.5) };
    private static readonly Expectation Cut = Expectation.HonestlyCut(within: 3);

    private static readonly ClientAnswer Whole = new()
    {
        Status = 200,
        Text = Text,
        Elapsed = TimeSpan.FromSeconds(1),
        FinishReason = "stop",
        Done = true,
        RequestId = "req_1",
        Served = Stage.FallbackId,
        FallbackReason = "network",
    };

    private static readonly ClientAnswer WholeOfPrimary = Whole with { Text = PrimaryText, Served = Stage.PrimaryId, FallbackReason = null };

    private static readonly ClientAnswer HonestCut = Whole with
    {
        Text = "Simulated answer",
        FinishReason = null,
        Done = false,
        Served = Stage.PrimaryId,
        FallbackReason = null,
        Error = new ClientError("upstream_stream_interrupted", "The answer is partial.", "req_1", []),
    };

    [Fact]
    public void Of_FallbacksWholeAnswer_Passes() => Assert.Equal((Verdict.Passed, ""), Judge.Of(Fallback, Seen(Whole)));

    [Fact]
    public void Of_PrimarysAnswerOnItsRetry_Passes() =>
        Assert.Equal((Verdict.Passed, ""), Judge.Of(Primary, Seen(WholeOfPrimary, primary: 2, fallback: 0)));

    [Fact]
    public void Of_AnswerAfterPings_NeedsNoNameInItsHeaders() =>
        Assert.Equal((Verdict.Passed, ""), Judge.Of(Fallback, Seen(Whole with { Served = null, FallbackReason = null, Pings = 1 })));

    [Fact]
    public void Of_AnswerThatNamesAnotherModelOrNone_Fails()
    {
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Served = Stage.PrimaryId })).Verdict);
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Served = null })).Verdict);
    }

    [Fact]
    public void Of_HonestlyCutStream_IsSafe() => Assert.Equal((Verdict.Safe, ""), Judge.Of(Cut, Seen(HonestCut, fallback: 0)));

    [Fact]
    public void Of_CutTextWithAFinishReason_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Cut, Seen(Whole with { Text = "Simulated answer" }, fallback: 0)).Verdict);

    [Fact]
    public void Of_WrongTextThatLooksFinished_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Text = "Simulated answer from" })).Verdict);

    [Fact]
    public void Of_TwoTextsSewnTogether_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Text = "Simulated" + Text })).Verdict);

    [Fact]
    public void Of_ErrorEventWithDone_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Cut, Seen(HonestCut with { Done = true }, fallback: 0)).Verdict);

    [Fact]
    public void Of_DoneWithoutFinishReason_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Cut, Seen(HonestCut with { Error = null, Done = true }, fallback: 0)).Verdict);

    [Fact]
    public void Of_StreamThatJustEnds_IsPartial() =>
        Assert.Equal(Verdict.Partial, Judge.Of(Cut, Seen(HonestCut with { Error = null }, fallback: 0)).Verdict);

    [Fact]
    public void Of_StreamThatJustEndsWhereAnAnswerWasPossible_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(HonestCut with { Error = null })).Verdict);

    [Fact]
    public void Of_ErrorWithoutACode_IsPartial() =>
        Assert.Equal(Verdict.Partial, Judge.Of(Cut, Seen(HonestCut with { Error = new ClientError(null, "?", "req_1", []) }, fallback: 0)).Verdict);

    [Fact]
    public void Of_ErrorWhereAnAnswerWasPossible_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(HonestCut)).Verdict);

    [Fact]
    public void Of_AnotherErrorThanTheRightOne_Fails() =>
        Assert.Equal(Verdict.Failed, Judge.Of(Cut with { Error = (502, "upstream_failed") }, Seen(HonestCut, fallback: 0)).Verdict);

    [Fact]
    public void Of_Hang_Fails() => Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Hung = true })).Verdict);

    [Fact]
    public void Of_BrokenConnection_Fails() => Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole with { Broken = true })).Verdict);

    [Theory]
    [InlineData(0.4)]
    [InlineData(3.1)]
    public void Of_TooEarlyOrTooLate_Fails(double seconds)
    {
        var answer = WholeOfPrimary with { Elapsed = TimeSpan.FromSeconds(seconds) };
        Assert.Equal(Verdict.Failed, Judge.Of(Primary, Seen(answer, primary: 2, fallback: 0)).Verdict);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 0)]
    public void Of_OtherAttemptsThanAgreed_IsPartial(int primary, int fallback) =>
        Assert.Equal(Verdict.Partial, Judge.Of(Fallback, Seen(Whole, primary, fallback)).Verdict);

    [Fact]
    public void Of_AnotherReasonThanTheRightOne_IsPartial() =>
        Assert.Equal(Verdict.Partial, Judge.Of(Fallback, Seen(Whole with { FallbackReason = "other" })).Verdict);

    [Fact]
    public void Of_PrefillForTheFallback_Fails() => Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole) with { SentPrefill = true }).Verdict);

    [Fact]
    public void Of_FollowedRedirect_Fails() => Assert.Equal(Verdict.Failed, Judge.Of(Fallback, Seen(Whole) with { BystanderCalls = 1 }).Verdict);

    [Fact]
    public void Of_CircuitThatCountedWhatItMustNot_IsPartial() =>
        Assert.Equal(Verdict.Partial, Judge.Of(Fallback with { CircuitFailures = 0 }, Seen(Whole) with { CircuitFailures = 1 }).Verdict);

    [Fact]
    public void Of_FinalErrorThatHidesAnAttempt_IsPartial()
    {
        var right = Cut with { Error = (502, "upstream_failed"), FallbackAttempts = 1 };
        var both = HonestCut with { Status = 502, Text = "", Error = new ClientError("upstream_failed", "", "req_1", [Stage.PrimaryId, Stage.FallbackId]) };
        Assert.Equal(Verdict.Safe, Judge.Of(right, Seen(both)).Verdict);
        Assert.Equal(Verdict.Partial, Judge.Of(right, Seen(both with { Error = both.Error! with { Models = [Stage.PrimaryId] } })).Verdict);
    }

    [Fact]
    public void PublicFaults_AreSixteen_ThirteenPassedAndThreeSafeInAPlainStream()
    {
        var faults = PublicFaults.All;
        Assert.Equal(16, faults.Count);
        Assert.All(faults, f => Assert.True(f.IsPublic && f.Plain is not null && f.Stream is not null && f.Buffered is not null, f.Name));
        Assert.Equal(3, faults.Count(f => f.Stream!.Verdict == Verdict.Safe));
        Assert.Equal(13, faults.Count(f => f.Stream!.Verdict == Verdict.Passed));
        Assert.All(faults, f => Assert.Equal(Verdict.Passed, f.Buffered!.Verdict));
    }

    private static Observation Seen(ClientAnswer answer, int primary = 1, int fallback = 1) => new()
    {
        Answer = answer,
        PrimaryAttempts = primary,
        FallbackAttempts = fallback,
        RightTexts = new Dictionary<string, string> { [Stage.PrimaryId] = PrimaryText, [Stage.FallbackId] = Text },
    };
}
