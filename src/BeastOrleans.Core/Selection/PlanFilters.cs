using System.Globalization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Core.Selection;

/// <summary>What a request rules out: the key's allow-list, missing capabilities, a context too small.</summary>
internal static class PlanFilters
{
    private static readonly (Capabilities Capability, string Name)[] Named =
    [
        (Capabilities.Tools, "tools"),
        (Capabilities.Vision, "vision"),
        (Capabilities.JsonSchema, "json_schema"),
        (Capabilities.Embeddings, "embeddings"),
    ];

    public static Draft Judge(Draft draft, PlanRequest request)
    {
        // What the key may not use is said before whether it is disabled or too small: that is not this caller's business.
        if (draft.Exclusion != Exclusion.NotFound && !IsAllowed(draft.ModelId, request.AllowedModels))
        {
            return draft.LeftOut(Exclusion.NotAllowed, "not on this key's allow-list");
        }

        if (!draft.Eligible)
        {
            return draft;
        }

        if (draft.Capabilities is { } has && (request.Needs & ~has) is var missing and not Capabilities.None)
        {
            return draft.LeftOut(Exclusion.Capability, "lacks " + string.Join(", ", Named.Where(n => missing.HasFlag(n.Capability)).Select(n => n.Name)));
        }

        if (draft.MaxOutputTokens is { } most && request.MaxOutputTokens > most)
        {
            return draft.LeftOut(Exclusion.Context, string.Create(CultureInfo.InvariantCulture, $"answers of at most {most} tokens are shorter than the {request.MaxOutputTokens} asked for"));
        }

        return draft.ContextTokens is { } window && request.PromptTokens > window
            ? draft.LeftOut(Exclusion.Context, string.Create(CultureInfo.InvariantCulture, $"context of {window} tokens is too small for a prompt of at least {request.PromptTokens}"))
            : draft;
    }

    /// <summary>An entry is an id, or <c>provider:*</c>; null = everything.</summary>
    public static bool IsAllowed(string modelId, string[]? allowed)
    {
        if (allowed is null)
        {
            return true;
        }

        foreach (var entry in allowed)
        {
            if (entry == modelId || entry == "*" || (entry.EndsWith(":*", StringComparison.Ordinal) && modelId.StartsWith(entry[..^1], StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
