using System.Net;
using System.Text.Json;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Reports;
using BeastOrleans.Failover.Scenarios;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Faults;

/// <summary>One fault in one mode, on a stage of its own.</summary>
internal sealed class FaultRun(Fault fault, Mode mode, Expectation right) : IScenario
{
    /// <summary>How long past its limit an answer is waited for before it is called a hang.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongFrom = TimeSpan.FromSeconds(35);

    public string Name => fault.Name;

    public TimeSpan Estimate => right.Within;

    public bool RunsAlone => fault.RunsAlone;

    public bool IsLong => right.Within > LongFrom;

    public static IEnumerable<FaultRun> Of(IEnumerable<Fault> faults) =>
        faults.SelectMany(fault => fault.Runs.Select(run => new FaultRun(fault, run.Mode, run.Expectation)));

    public async Task<Row> RunAsync(Bench bench)
    {
        var plan = mode == Mode.Plain && fault.PlainPrimary is { } plain ? fault.Plan with { Primary = plain } : fault.Plan;
        await using var stage = await bench.SetAsync(plan);
        if (fault.OpensCircuitFirst)
        {
            await OpenCircuitAsync(stage, plan);
        }

        var seen = await ObserveAsync(bench, stage);
        var (verdict, why) = Judge.Of(right, seen);
        return new Row
        {
            Fault = fault.Name,
            Mode = mode,
            Verdict = verdict,
            Expected = right.Verdict,
            IsPublic = fault.IsPublic,
            ClientSaw = seen.Answer.Describe(),
            Latency = seen.Answer.Elapsed,
            PrimaryAttempts = seen.PrimaryAttempts,
            FallbackAttempts = seen.FallbackAttempts,
            Note = why.Length > 0 ? why : fault.Note ?? "",
        };
    }

    private async Task<Observation> ObserveAsync(Bench bench, Stage stage)
    {
        var primaryBefore = stage.Primary.Attempts;
        var fallbackBefore = stage.FallbackAttempts;
        var answer = await stage.AskAsync(mode, right.Within + Grace);
        return new Observation
        {
            Answer = answer,
            PrimaryAttempts = stage.Primary.Attempts - primaryBefore ?? answer.AttemptsAt(Stage.PrimaryId),
            FallbackAttempts = stage.FallbackAttempts - fallbackBefore,
            RightTexts = await RightTextsAsync(bench.Texts),
            SentPrefill = Calls.Of(stage.Fallback).Any(EndsWithAssistant),
            BystanderCalls = Calls.Count(stage.Bystander),
            CircuitFailures = right.CircuitFailures is null ? null : (await stage.ReadCircuitAsync()).GetProperty("failures").GetInt32(),
        };
    }

    private async Task<IReadOnlyDictionary<string, string>> RightTextsAsync(ReferenceTexts reference)
    {
        var texts = new Dictionary<string, string>();
        if (right.From is Answerer.Primary or Answerer.Either)
        {
            var text = await reference.ReadAsync(ReferenceTexts.PrimaryModel, fault.Tokens);
            texts[Stage.PrimaryId] = fault.LostWord is { } index && mode != Mode.Plain ? ReferenceTexts.Without(text, index) : text;
        }

        if (right.From is Answerer.Fallback or Answerer.Either)
        {
            texts[Stage.FallbackId] = await reference.ReadAsync(ReferenceTexts.FallbackModel);
        }

        return texts;
    }

    /// <summary>Fails until the gateway, not only the endpoint's grain, knows that the circuit is open.</summary>
    private static async Task OpenCircuitAsync(Stage stage, StagePlan plan)
    {
        stage.PrimarySimulator.Script(new SimulatorBehavior { Status = 500 });
        await Eventually.IsTrueAsync("the circuit is open", async () =>
        {
            await stage.AskAsync(Mode.Plain, Grace);
            var selected = (await stage.Api.SendAsync(HttpMethod.Post, "/api/models/select", new { })).Require(HttpStatusCode.OK).Json;
            return selected.GetProperty("plan").EnumerateArray().Any(c => c.GetProperty("circuit").GetString() == "open");
        });
        stage.PrimarySimulator.Script(plan.Primary!);
    }

    private static bool EndsWithAssistant(SimulatedRequest request)
    {
        var messages = JsonSerializer.Deserialize<JsonElement>(request.Body).GetProperty("messages");
        return messages[messages.GetArrayLength() - 1].GetProperty("role").GetString() == "assistant";
    }
}
