using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

/// <summary>What callers read: the sentence of a plan and of a refusal.</summary>
internal static class PlanWords
{
    private const int LongestEcho = 100;

    private const string PriceIt =
        "Give it one (PUT /admin/v1/prices, or 'price' in PATCH /api/models/custom/{name}), or allow it: PUT /api/policy with \"unpriced\":\"allow\".";

    public static string Chosen(Draft chosen, Draft? named, IReadOnlyList<Draft> drafts, RoutePolicy policy)
    {
        if (named is not null)
        {
            return chosen == named
                ? $"Using {chosen.ModelId} as requested."
                : $"{named.ModelId} cannot serve this request ({named.Reason}) - using its fallback {chosen.ModelId}.";
        }

        if (chosen.Tier == Tier.Default)
        {
            return $"Nothing else is available - using the operator's default model {chosen.ModelId}.";
        }

        if (policy.Prefer == Preference.Provider)
        {
            return chosen.Tier == Tier.Provider
                ? $"Providers are preferred - using {chosen.ModelId}."
                : $"Providers are preferred, but none can serve this request - using {chosen.ModelId}.";
        }

        if (chosen.Tier == Tier.Custom)
        {
            return "You have a custom model registered - using it automatically!";
        }

        return drafts.Any(draft => draft.Type == EndpointType.Custom && draft.Tier == Tier.Custom)
            ? $"No custom model can serve this request - using {chosen.ModelId}."
            : $"You have no custom model registered - using {chosen.ModelId}.";
    }

    public static string NotFound(string asked, string[] nearest) =>
        nearest.Length == 0
            ? $"There is no model '{Printable(asked)}'. List the models that you may use: GET /v1/models."
            : $"There is no model '{Printable(asked)}'. Did you mean {string.Join(", ", nearest)}?";

    public static string Nothing() =>
        "No model is available. Register one (POST /api/models/custom) or put a provider's key (PUT /api/providers/openai/key).";

    public static string LeftOut(Draft draft) => draft.Exclusion switch
    {
        Exclusion.NotAllowed => $"This key may not use {draft.ModelId}.",
        Exclusion.Disabled => $"{draft.ModelId} is disabled by its owner. Enable it: PATCH /api/models/custom/{draft.ModelId[(draft.ModelId.IndexOf(':', StringComparison.Ordinal) + 1)..]}.",
        Exclusion.Unpriced => $"{draft.ModelId} has no price, and the policy refuses models without one. {PriceIt}",
        Exclusion.NoCredential => $"There is {draft.Reason}.",
        _ => $"{draft.ModelId} cannot serve this request: {draft.Reason}.",
    };

    public static string AllLeftOut(IReadOnlyList<Draft> drafts, RefusalCode code) => code switch
    {
        RefusalCode.ModelNotAllowed => "This key may use none of the models that are available to it.",
        RefusalCode.ModelUnpriced => $"{NoneCan(drafts)} {PriceIt}",
        _ => NoneCan(drafts),
    };

    private static string NoneCan(IReadOnlyList<Draft> drafts) => $"No model can serve this request: {string.Join("; ", drafts.Take(3).Select(draft => $"{draft.ModelId} - {draft.Reason}"))}.";

    /// <summary>A caller's text as it may be echoed: short, and without what cannot be stored or printed.</summary>
    public static string Printable(string text)
    {
        if (Names.HasControlOrLoneSurrogate(text))
        {
            return "(unprintable)";
        }

        if (text.Length <= LongestEcho)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[LongestEcho - 1]) ? LongestEcho - 1 : LongestEcho;
        return text[..end] + "...";
    }
}
