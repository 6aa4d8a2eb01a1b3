using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

/// <summary>Candidates in order, each judged as it comes and none twice.</summary>
/// <param name="refuseUnpriced">What the policy says of models without a price.</param>
internal sealed class DraftList(PlanRequest request, bool refuseUnpriced)
{
    private readonly List<Draft> _drafts = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public IReadOnlyList<Draft> Drafts => _drafts;

    public Draft Add(Draft draft)
    {
        var judged = PlanFilters.Judge(draft, request);
        if (refuseUnpriced && judged is { Eligible: true, Price: null })
        {
            judged = judged.LeftOut(Exclusion.Unpriced, "it has no price, and the policy refuses models without one");
        }

        if (_seen.Add(judged.Identity))
        {
            _drafts.Add(judged);
        }

        return judged;
    }

    public void AddAll(IEnumerable<Draft> drafts)
    {
        foreach (var draft in drafts)
        {
            Add(draft);
        }
    }
}
