using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage.Rates;

namespace BeastOrleans.Grains.Usage;

/// <summary>One scope's rate limits: what is lent to which gateway, for a few seconds and in memory only.</summary>
[GrainType("limit")]
internal sealed class LimitGrain : Grain, ILimitGrain
{
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly LimitState _state;

    public LimitGrain(TimeProvider time)
    {
        if (!GrainKeys.TryParseLimit(this.GetPrimaryKeyString(), out _))
        {
            throw new ArgumentException("Not a limit's key.");
        }

        _time = time;
        _startedAt = time.GetTimestamp();
        _state = new LimitState(Guid.NewGuid().ToString("N"), TimeSpan.Zero);
    }

    public Task<LimitGrant> AskAsync(LimitAsk ask) => Task.FromResult(_state.Ask(ask, _time.GetElapsedTime(_startedAt)));
}
