using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

/// <summary>Candidates in order, each judged as it comes and none twice.</summary>
internal sealed class DraftList(PlanRequest request)
{
    private readonly List<Draft> _drafts = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public IReadOnlyList<Draft> Drafts => _drafts;

    public Draft Add(Draft draft)
    {
        var judged = PlanFilters.Judge(draft, request);
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
