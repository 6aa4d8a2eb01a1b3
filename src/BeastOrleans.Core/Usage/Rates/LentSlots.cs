using BeastOrleans.Contracts.Metering;

namespace BeastOrleans.Core.Usage.Rates;

/// <summary>Parallel slots, lent to gateways by demand; never more are out than there are, unless the limit was lowered.</summary>
internal sealed class LentSlots
{
    private readonly Dictionary<string, Borrower> _borrowers = new(StringComparer.Ordinal);

    public void Forget(string gateway) => _borrowers.Remove(gateway);

    public int Ask(string gateway, SlotAsk ask, int limit)
    {
        var inFlight = Math.Max(0, ask.InFlight);
        var demand = Math.Max(Math.Max(0, ask.Demand), inFlight);
        var held = Math.Max(Math.Max(0, ask.Kept), inFlight);
        _borrowers[gateway] = new Borrower(held, demand);

        long all = 0;
        foreach (var (_, one) in _borrowers)
        {
            all += one.Demand;
        }

        long free = limit;
        long owed = 0;
        foreach (var (other, one) in _borrowers)
        {
            if (other != gateway)
            {
                free -= one.Held;
                owed += Math.Max(0, FairOf(one.Demand, all, limit) - one.Held);
            }
        }

        free = Math.Max(0, free);

        // Its fair part, or whatever is left when the others have theirs: no slot lies idle for the sake of rounding.
        var slots = (int)Math.Min(demand, Math.Max(Math.Min(FairOf(demand, all, limit), free), free - owed));

        // While the answer is on its way it may still use what it kept.
        _borrowers[gateway] = new Borrower(Math.Max(slots, held), demand);
        return slots;
    }

    private static long FairOf(long demand, long all, int limit) => all <= limit ? demand : limit * demand / all;

    private readonly record struct Borrower(int Held, int Demand);
}
