namespace BeastOrleans.Upstreams.Translation;

/// <summary>What families of models take of the chat dialect, by the start of their name. The longest prefix wins; an unknown model takes all.</summary>
/// <param name="LimitsCompletion">Wants <c>max_completion_tokens</c> and refuses <c>max_tokens</c>, which everyone else understands.</param>
/// <param name="TakesSampling">False: refuses any <c>temperature</c> and <c>top_p</c> but the default.</param>
/// <param name="TakesEffort">False: refuses <c>reasoning_effort</c>.</param>
internal sealed record ChatModelTraits(string Prefix, bool LimitsCompletion, bool TakesSampling, bool TakesEffort)
{
    private static readonly ChatModelTraits Unknown = new("", false, true, true);

    public static IReadOnlyList<ChatModelTraits> All { get; } =
    [
        new("o1", true, false, true),
        new("o3", true, false, true),
        new("o4", true, false, true),
        new("gpt-5", true, false, true),
        new("gpt-5-chat", true, true, false),
        new("gpt-4", false, true, false),
        new("gpt-3.5", false, true, false),
        new("chatgpt-", false, true, false),
        new("llama-", false, true, false),
        new("mistral-", false, true, false),
        new("ministral-", false, true, false),
        new("codestral-", false, true, false),
        new("pixtral-", false, true, false),
    ];

    /// <param name="model">The upstream's name; a maker before it (<c>openai/gpt-5</c>) and <c>ft:</c> do not count.</param>
    public static ChatModelTraits Of(string model)
    {
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        name = name.StartsWith("ft:", StringComparison.OrdinalIgnoreCase) ? name[3..] : name;
        var best = Unknown;
        foreach (var traits in All)
        {
            if (traits.Prefix.Length > best.Prefix.Length && name.StartsWith(traits.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                best = traits;
            }
        }

        return best;
    }
}
