using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

/// <content>What is said when nothing is eligible.</content>
public static partial class RoutePlanner
{
    private static Refusal Refuse(PlanRequest request, Catalogue catalogue, List<Draft> drafts, Draft? named)
    {
        if (named is not null)
        {
            return RefuseNamed(request, catalogue, named);
        }

        // What the key may not use says nothing about the rest, unless there is no rest.
        var others = drafts.FindAll(draft => draft.Exclusion != Exclusion.NotAllowed);
        if (others.Count == 0)
        {
            return drafts.Count == 0
                ? new Refusal { Code = RefusalCode.NoModelAvailable, Message = PlanWords.Nothing() }
                : new Refusal { Code = RefusalCode.ModelNotAllowed, Message = PlanWords.AllLeftOut(drafts, RefusalCode.ModelNotAllowed) };
        }

        var telling = others.Find(draft => draft.Exclusion is Exclusion.Capability or Exclusion.Context)
            ?? others.Find(draft => draft.Exclusion == Exclusion.Unpriced)
            ?? others.Find(draft => draft.Exclusion == Exclusion.Disabled);
        var code = telling is null ? RefusalCode.NoModelAvailable : CodeOf(telling.Exclusion);
        return new Refusal
        {
            Code = code,
            Message = telling is null ? PlanWords.Nothing() + " " + PlanWords.AllLeftOut(others, code) : PlanWords.AllLeftOut(others, code),
        };
    }

    private static Refusal RefuseNamed(PlanRequest request, Catalogue catalogue, Draft named)
    {
        var code = CodeOf(named.Exclusion);
        if (code != RefusalCode.ModelNotFound)
        {
            return new Refusal { Code = code, Message = PlanWords.LeftOut(named) };
        }

        // Only ids that this key may use: a suggestion must not reveal another's models.
        var nearest = NearestModels.To(request.Model!, catalogue.Ids().Where(id => PlanFilters.IsAllowed(id, request.AllowedModels)));
        return new Refusal { Code = code, Message = PlanWords.NotFound(request.Model!, nearest), Nearest = nearest };
    }

    private static RefusalCode CodeOf(Exclusion exclusion) => exclusion switch
    {
        Exclusion.NotAllowed => RefusalCode.ModelNotAllowed,
        Exclusion.Disabled => RefusalCode.ModelDisabled,
        Exclusion.Capability or Exclusion.Context => RefusalCode.CapabilityMissing,
        Exclusion.Unpriced => RefusalCode.ModelUnpriced,
        Exclusion.NotFound or Exclusion.NotOffered => RefusalCode.ModelNotFound,
        _ => RefusalCode.NoModelAvailable,
    };
}
