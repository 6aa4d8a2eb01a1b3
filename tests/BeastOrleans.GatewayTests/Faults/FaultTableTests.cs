using Xunit;

namespace BeastOrleans.GatewayTests.Faults;

/// <summary>The fault table: for each fault of the primary the status, who served, the attempts, the circuit and the books. docs/faults.md says it for people.</summary>
[Collection(FaultCollection.Name)]
public sealed class FaultTableTests(FaultFixture fixture)
{
    public static TheoryData<string, bool> BeforeContent => Of(FaultTable.BeforeContent);

    public static TheoryData<string, bool> MidAnswer => Of(FaultTable.MidAnswer);

    public static TheoryData<string, bool> Overloads => Of(FaultTable.Overloads);

    public static TheoryData<string, bool> Neutral => Of(FaultTable.Neutral);

    public static TheoryData<string, bool> Anthropic => Of(FaultTable.Anthropic);

    [Theory]
    [MemberData(nameof(BeforeContent))]
    public Task BeforeAnyContentTheFallbackAnswers(string fault, bool streaming) => PlayAsync(FaultTable.BeforeContent[fault], streaming);

    [Theory]
    [MemberData(nameof(MidAnswer))]
    public Task InMidAnswerAWholeAnswerIsWholeAndABrokenOneNeverLooksSo(string fault, bool streaming) => PlayAsync(FaultTable.MidAnswer[fault], streaming);

    [Theory]
    [MemberData(nameof(Overloads))]
    public Task AnOverloadIsWaitedForBrieflyOrLeftAlone(string fault, bool streaming) => PlayAsync(FaultTable.Overloads[fault], streaming);

    [Theory]
    [MemberData(nameof(Neutral))]
    public Task WhatSaysNothingOfHealthLeavesTheCircuitAlone(string fault, bool streaming) => PlayAsync(FaultTable.Neutral[fault], streaming);

    [Theory]
    [MemberData(nameof(Anthropic))]
    public Task AnUpstreamOfAnotherDialectIsJudgedAlike(string fault, bool streaming) => PlayAsync(FaultTable.Anthropic[fault] with { Anthropic = true }, streaming);

    private static TheoryData<string, bool> Of(Dictionary<string, FaultCase> rows)
    {
        var data = new TheoryData<string, bool>();
        foreach (var (name, row) in rows)
        {
            if (row.Modes != Modes.Stream)
            {
                data.Add(name, false);
            }

            if (row.Modes != Modes.Plain)
            {
                data.Add(name, true);
            }
        }

        return data;
    }

    private async Task PlayAsync(FaultCase row, bool streaming)
    {
        await using var scene = await FaultScene.StartAsync(fixture.Server, row);
        await scene.PlayAsync(streaming);
    }
}
