using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>All that one user may name, and how a name becomes a candidate.</summary>
internal sealed class Catalogue
{
    private readonly OwnerLevel[] _levels;
    private readonly PriceTable _prices;
    private readonly DateTimeOffset _now;

    public Catalogue(PlanContext context)
    {
        _levels = OwnerLevel.Of(context);
        _prices = context.Prices ?? PriceTable.With(context.Platform.Prices);
        _now = context.Now;
        Providers = NearestProviders(_levels);
    }

    public PriceTable Prices => _prices;

    /// <summary>Each provider once, with its nearest owner's credential; the user's first, in the order registered.</summary>
    public IReadOnlyList<OwnedProvider> Providers { get; }

    public IEnumerable<Draft> CustomModels()
    {
        foreach (var level in _levels)
        {
            foreach (var model in level.Config.Models)
            {
                yield return Custom(level, model) with { Tier = Tier.Custom };
            }
        }
    }

    /// <summary>Every provider with its default model.</summary>
    public IEnumerable<Draft> DefaultProviders()
    {
        foreach (var owned in Providers)
        {
            var model = DefaultModel(owned.Entry);
            if (model is null || !ModelId.TryParse($"{owned.Entry.Provider}:{model}", out var id))
            {
                yield return Unresolved(owned.Entry.Provider + ":*", Exclusion.NotOffered, "no default model is set for this provider") with { Tier = Tier.Provider };
                continue;
            }

            yield return Provider(owned, id) with { Tier = Tier.Provider };
        }
    }

    /// <summary>
    /// The candidate that a text names; an excluded one when there is none. <c>custom:x</c> is looked up by its
    /// nearest owner, <c>provider:model</c> by its credential; a bare name first as a custom model's, then as one
    /// that a credential's owner offers, then by a provider's well-known prefix.
    /// </summary>
    public Draft Resolve(string text)
    {
        if (ModelId.TryParse(text, out var id))
        {
            if (id.IsCustom)
            {
                return FindCustom(id.Name) ?? NotFound(text);
            }

            if (FindProvider(id.Provider) is { } owned)
            {
                return Provider(owned, id);
            }

            return FindOffered(text) ?? (ProviderCatalogue.TryGet(id.Provider, out _) ? NoCredential(text, id.Provider) : NotFound(text));
        }

        if ((FindCustom(text) ?? FindOffered(text)) is { } known)
        {
            return known;
        }

        return FindByPrefix(text) ?? NotFound(text);
    }

    /// <summary>Ids worth suggesting.</summary>
    public IEnumerable<string> Ids()
    {
        foreach (var level in _levels)
        {
            foreach (var model in level.Config.Models)
            {
                if (model.Enabled)
                {
                    yield return model.ModelId.ToString();
                }
            }
        }

        foreach (var owned in Providers)
        {
            var provider = owned.Entry.Provider;
            foreach (var model in owned.Entry.Models ?? [])
            {
                yield return $"{provider}:{model}";
            }

            if (DefaultModel(owned.Entry) is { } usual)
            {
                yield return $"{provider}:{usual}";
            }

            if (owned.Entry.Models is null)
            {
                foreach (var id in KnownModels.Ids.Where(id => id.StartsWith(provider + ":", StringComparison.Ordinal)))
                {
                    yield return id;
                }
            }
        }
    }

    public static string? DefaultModel(ProviderEntry entry) =>
        entry.DefaultModel
        ?? (ProviderCatalogue.TryGet(entry.Provider, out var known) && known.DefaultModel is { } usual && Offers(entry, usual) ? usual : entry.Models?.FirstOrDefault());

    private static bool Offers(ProviderEntry entry, string model) =>
        entry.Models is null || entry.DefaultModel == model || Array.IndexOf(entry.Models, model) >= 0;

    private static List<OwnedProvider> NearestProviders(OwnerLevel[] levels)
    {
        var nearest = new List<OwnedProvider>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var level in levels)
        {
            foreach (var entry in level.Config.Providers)
            {
                if (seen.Add(entry.Provider))
                {
                    nearest.Add(new OwnedProvider(level, entry));
                }
            }
        }

        return nearest;
    }

    /// <summary>Several providers may have models of one family: the first with a credential, else the first.</summary>
    private Draft? FindByPrefix(string name)
    {
        Draft? first = null;
        foreach (var provider in ProviderCatalogue.MatchPrefix(name))
        {
            if (!ModelId.TryParse($"{provider.Name}:{name}", out var id))
            {
                continue;
            }

            if (FindProvider(provider.Name) is { } credential)
            {
                return Provider(credential, id);
            }

            first ??= NoCredential(id.ToString(), provider.Name);
        }

        return first;
    }

    private OwnedProvider? FindProvider(string name)
    {
        foreach (var owned in Providers)
        {
            if (owned.Entry.Provider == name)
            {
                return owned;
            }
        }

        return null;
    }

    private Draft? FindCustom(string name)
    {
        foreach (var level in _levels)
        {
            if (Array.Find(level.Config.Models, model => model.ModelId.Name == name) is { } model)
            {
                return Custom(level, model);
            }
        }

        return null;
    }

    // Only what an owner listed: a provider without a list would take any name.
    private Draft? FindOffered(string name)
    {
        foreach (var owned in Providers)
        {
            var listed = owned.Entry.DefaultModel == name || (owned.Entry.Models is { } models && Array.IndexOf(models, name) >= 0);
            if (listed && ModelId.TryParse($"{owned.Entry.Provider}:{name}", out var id))
            {
                return Provider(owned, id);
            }
        }

        return null;
    }

    private Draft Custom(OwnerLevel level, CustomModelInfo model)
    {
        var id = model.ModelId.ToString();
        var draft = new Draft
        {
            Key = model.Key,
            ModelId = id,
            Type = EndpointType.Custom,
            Owner = level.Owner.Kind,
            Reason = $"{level.Whose} custom model",
            Version = model.Version,
            Price = model.Price?.Quote(FormattableString.Invariant($"endpoint:{model.Version}")) ?? _prices.Find(id, _now),
            ContextTokens = model.ContextTokens,
            Capabilities = TranslationLimits.Within(model.Dialect, model.Capabilities),
        };
        return model.Enabled ? draft : draft.LeftOut(Exclusion.Disabled, "disabled by its owner");
    }

    private Draft Provider(OwnedProvider owned, ModelId model)
    {
        var entry = owned.Entry;
        var id = model.ToString();

        // Behind another address may stand another model of the same name: what we know of it does not hold there.
        var facts = entry.BaseUrl is null ? KnownModels.Find(id) : null;
        var priced = entry.BaseUrl is null ? _prices.FindOperators(id, _now) : null;
        var draft = new Draft
        {
            Key = GrainKeys.Endpoint(owned.Level.Owner, model),
            ModelId = id,
            Type = EndpointType.Provider,
            Owner = owned.Level.Owner.Kind,
            Reason = $"provider with {owned.Level.Whose} key",
            Version = entry.Version,
            Price = _prices.Find(id, _now),
            ContextTokens = facts?.ContextTokens ?? priced?.ContextTokens,
            MaxOutputTokens = facts?.MaxOutputTokens ?? priced?.MaxOutputTokens,
            Capabilities = TranslationLimits.Within(
                ProviderCatalogue.TryGet(entry.Provider, out var known) ? known.Dialect : Dialect.OpenAI,
                facts?.Capabilities),
        };
        return Offers(entry, model.Name) ? draft : draft.LeftOut(Exclusion.NotOffered, $"not among the models that {owned.Level.Whose} {entry.Provider} key offers");
    }

    private static Draft NotFound(string text) => Unresolved(text, Exclusion.NotFound, "no model of that name");

    private static Draft NoCredential(string text, string provider) =>
        Unresolved(text, Exclusion.NoCredential, $"no key for {provider}: put one (PUT /api/providers/{provider}/key)");

    private static Draft Unresolved(string text, Exclusion exclusion, string reason) => new()
    {
        ModelId = PlanWords.Printable(text),
        Type = text.StartsWith(ModelId.CustomProvider + ":", StringComparison.Ordinal) ? EndpointType.Custom : EndpointType.Provider,
        Exclusion = exclusion,
        Reason = reason,
    };
}
