using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>
/// Which endpoints may serve a request, in which order, and why: custom models first, then providers that there is
/// a key for, then the operator's default. Health is not its concern: a plan is the same for a sick endpoint, and
/// the forwarder skips it.
/// </summary>
public static partial class RoutePlanner
{
    /// <summary>The most candidates that a plan tries.</summary>
    public const int MaxEligible = 8;

    /// <summary>The most candidates that a plan lists.</summary>
    public const int MaxCandidates = 32;

    /// <summary>The most entries of a policy's fallback list that are read.</summary>
    public const int MaxFallbacks = 8;

    /// <summary>Many custom models must not crowd out the provider that would save the request.</summary>
    private const int KeptForLaterTiers = 2;

    /// <summary>Whose price displaced requests are compared with where neither plan nor policy names one.</summary>
    private const string DefaultBaseline = "openai:gpt-4";

    public static RoutePlan Plan(PlanRequest request, PlanContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var policy = Merge(request, context);
        var catalogue = new Catalogue(context);
        var list = new DraftList(request, policy.Unpriced == UnpricedUse.Refuse);

        // :: Step 1: who stands in line. A named model that is out of the question is refused, never replaced.
        var named = IsAuto(request.Model) ? null : list.Add(catalogue.Resolve(request.Model!));
        if (named is null)
        {
            AddTiers(list, catalogue, policy);
        }
        else if (!IsOutOfQuestion(named))
        {
            AddFallbacks(list, catalogue, policy, named);
        }

        // :: Step 2: what this request displaces, before anything is cut off for reasons other than the request.
        var baseline = list.Drafts.FirstOrDefault(draft => draft.Type == EndpointType.Provider && draft.Eligible);

        // :: Step 3: cut to one without fallback, and to the bounds.
        var drafts = Bounded(policy.NoFallback == true ? WithoutFallback(list.Drafts) : list.Drafts);
        return Assemble(request, context, policy, catalogue, drafts, named, baseline);
    }

    private static bool IsAuto(string? model) =>
        string.IsNullOrWhiteSpace(model) || string.Equals(model, "auto", StringComparison.OrdinalIgnoreCase);

    // The default model is the operator's to name: no request, key, user or tenant may.
    private static RoutePolicy Merge(PlanRequest request, PlanContext context) =>
        request.Request.Over(request.Key).Over(context.UserConfig.Policy).Over(context.TenantConfig.Policy).Over(context.Platform.Policy)
            with
        { DefaultModel = context.Platform.Policy.DefaultModel };

    private static bool IsOutOfQuestion(Draft named) =>
        named.Exclusion is Exclusion.NotFound or Exclusion.NotOffered or Exclusion.Disabled or Exclusion.NotAllowed;

    private static void AddTiers(DraftList list, Catalogue catalogue, RoutePolicy policy)
    {
        if (policy.Prefer == Preference.Provider)
        {
            AddProviders(list, catalogue, policy);
            list.AddAll(catalogue.CustomModels());
        }
        else
        {
            list.AddAll(catalogue.CustomModels());
            AddProviders(list, catalogue, policy);
        }

        AddDefault(list, catalogue, policy);
    }

    // An explicit provider id is used as asked: only a list of fallbacks, which somebody wrote on purpose, follows it.
    private static void AddFallbacks(DraftList list, Catalogue catalogue, RoutePolicy policy, Draft named)
    {
        if (named.Type == EndpointType.Custom || policy.Fallbacks is not null)
        {
            AddProviders(list, catalogue, policy);
        }

        if (named.Type == EndpointType.Custom)
        {
            AddDefault(list, catalogue, policy);
        }
    }

    private static void AddProviders(DraftList list, Catalogue catalogue, RoutePolicy policy) =>
        list.AddAll(policy.Fallbacks is { } fallbacks
            ? fallbacks.Take(MaxFallbacks).Select(id => catalogue.Resolve(id) with { Tier = Tier.Provider })
            : catalogue.DefaultProviders());

    // Who lists fallbacks means those: the default is then a last resort, not one more candidate.
    private static void AddDefault(DraftList list, Catalogue catalogue, RoutePolicy policy)
    {
        if (policy.DefaultModel is { } model && (policy.Fallbacks is null || !list.Drafts.Any(draft => draft.Eligible)))
        {
            list.Add(catalogue.Resolve(model) with { Tier = Tier.Default });
        }
    }

    /// <summary>
    /// One candidate, the first of the tier that comes first: when custom models are preferred and none of them
    /// can serve, a provider would be a fallback. Models that the key may not use make no tier.
    /// </summary>
    private static List<Draft> WithoutFallback(IReadOnlyList<Draft> drafts)
    {
        var tier = drafts.FirstOrDefault(draft => draft.Exclusion != Exclusion.NotAllowed)?.Tier;
        var first = drafts.FirstOrDefault(draft => draft.Eligible && draft.Tier == tier);
        return [.. drafts.Select(draft => draft.Eligible && draft != first ? draft.LeftOut(Exclusion.FallbackOff, "fallback is off") : draft)];
    }

    private static List<Draft> Bounded(IReadOnlyList<Draft> drafts)
    {
        var eligible = drafts.Where(draft => draft.Eligible).ToList();
        var inFirstTier = eligible.TakeWhile(draft => draft.Tier == eligible[0].Tier).Count();
        var keptForLater = Math.Min(KeptForLaterTiers, eligible.Count - inFirstTier);
        var fromFirstTier = Math.Min(inFirstTier, MaxEligible - keptForLater);
        var kept = eligible.Take(fromFirstTier).Concat(eligible.Skip(inFirstTier)).Take(MaxEligible).ToList();
        var rest = drafts
            .Where(draft => !kept.Contains(draft))
            .Select(draft => draft.Eligible ? draft.LeftOut(Exclusion.TooMany, $"more than {MaxEligible} candidates") : draft);
        return [.. kept.Concat(rest).Take(MaxCandidates)];
    }

    private static RoutePlan Assemble(
        PlanRequest request, PlanContext context, RoutePolicy policy, Catalogue catalogue, List<Draft> drafts, Draft? named, Draft? baseline)
    {
        var candidates = drafts.ConvertAll(draft => draft.ToCandidate()).ToArray();
        var eligible = drafts.Count(draft => draft.Eligible);
        var refusal = eligible > 0 ? null : Refuse(request, catalogue, drafts, named);
        var baselineModel = baseline?.ModelId ?? policy.Baseline ?? DefaultBaseline;
        return new RoutePlan
        {
            Candidates = candidates,
            Eligible = eligible,
            Policy = policy,
            Refusal = refusal,
            Message = refusal?.Message ?? PlanWords.Chosen(drafts[0], named, drafts, policy),
            HadCustom = drafts is [{ Eligible: true, Type: EndpointType.Custom }, ..],
            BaselineModel = baselineModel,
            BaselinePrice = BaselinePrice(baseline, baselineModel, catalogue, context.Now),
            Hash = PlanHash.Of(candidates, policy, refusal, baselineModel),
            TenantVersion = context.TenantConfig.Version,
            PlatformVersion = context.Platform.Version,
            UserMetering = Metered(context.UserConfig.Metering),
            TenantMetering = Metered(context.TenantConfig.Metering),
        };
    }

    // Not part of the hash: who pays says nothing about which endpoints and why.
    private static ScopeMetering? Metered(ScopeMetering metering) => metering.IsNone ? null : metering;

    private static PriceQuote? BaselinePrice(Draft? baseline, string model, Catalogue catalogue, DateTimeOffset now) =>
        baseline is null ? catalogue.Prices.Find(model, now) : baseline.Price;
}
