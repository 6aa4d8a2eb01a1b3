using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage.Rates;

/// <summary>
/// What a gateway holds of a scope's parallel slots. When nobody answers it keeps those it has; when nobody ever did, it uses the
/// whole limit. Not thread-safe.
/// </summary>
public sealed class SlotShare(int limit)
{
    private int _slots;
    private int _peak;
    private int _missed;
    private int _asked;
    private bool _known;

    public int Limit { get; set; } = limit;

    public int InFlight { get; private set; }

    public bool IsIdle => InFlight == 0 && _slots == 0 && _missed == 0;

    public bool CanTake => InFlight < _slots;

    /// <summary>Whoever lends gave all that was asked for last.</summary>
    public bool MayHaveMore => _known && _slots >= _asked && _slots < Limit;

    public void Take() => _peak = Math.Max(_peak, ++InFlight);

    public void Release() => InFlight--;

    public void Missed() => _missed = Math.Min(_missed + 1, Limit);

    public SlotAsk BeginAsk()
    {
        // One to spare, so that a steady caller does not wait for each next slot.
        var used = Math.Max(_peak, InFlight);
        var demand = Math.Min(Limit, used + _missed + (used > 0 ? Math.Max(1, used / 4) : 0));
        _slots = Math.Min(_slots, Math.Max(demand, InFlight));
        (_peak, _missed, _asked) = (InFlight, 0, demand);
        return new SlotAsk { Kept = _slots, InFlight = InFlight, Demand = demand };
    }

    public void OnGrant(int slots) => (_slots, _known) = (slots, true);

    public void OnSilence() => _slots = _known ? _slots : Limit;
}
