using BeastOrleans.Failover.Stages;

namespace BeastOrleans.Failover.Scenarios;

/// <summary>What all scenarios share: the gateway under test, the right answers, and every stage that was set, for the audit.</summary>
internal sealed class Bench(GatewayProcess gateway, ReferenceTexts texts)
{
    private readonly List<Stage> _stages = [];

    public GatewayProcess Gateway => gateway;

    public ReferenceTexts Texts => texts;

    public IReadOnlyList<Stage> Stages
    {
        get
        {
            lock (_stages)
            {
                return [.. _stages];
            }
        }
    }

    public async Task<Stage> SetAsync(StagePlan plan)
    {
        var stage = await Stage.SetAsync(gateway, plan);
        lock (_stages)
        {
            _stages.Add(stage);
        }

        return stage;
    }
}
