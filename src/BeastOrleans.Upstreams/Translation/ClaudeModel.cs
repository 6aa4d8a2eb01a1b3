namespace BeastOrleans.Upstreams.Translation;

internal enum ClaudeThinking
{
    None = 0,

    /// <summary><c>thinking.budget_tokens</c>.</summary>
    Budget = 1,

    /// <summary><c>thinking.type=adaptive</c> with <c>output_config.effort</c>.</summary>
    Adaptive = 2,
}

/// <summary>What a model behind Anthropic's messages takes, where models differ. Data of 2026-11, by the beginning of the name.</summary>
internal sealed record ClaudeModel(string Prefix, ClaudeThinking Thinking)
{
    /// <summary>Takes temperature, top_p and top_k.</summary>
    public bool Sampling { get; init; } = true;

    /// <summary>Takes JSON schemas for its output and <c>strict</c> tools.</summary>
    public bool Schemas { get; init; } = true;

    /// <summary>The word for more effort than <c>high</c>.</summary>
    public string MostEffort { get; init; } = "max";

    /// <summary>A name of Anthropic's that is not here is newer than this table.</summary>
    private static readonly ClaudeModel Newest = new("claude-", ClaudeThinking.Adaptive) { Sampling = false, MostEffort = "xhigh" };

    /// <summary>Models of others that speak this dialect.</summary>
    private static readonly ClaudeModel Foreign = new("", ClaudeThinking.Budget);

    public static IReadOnlyList<ClaudeModel> Known { get; } =
    [
        new("claude-2", ClaudeThinking.None) { Schemas = false },
        new("claude-instant", ClaudeThinking.None) { Schemas = false },
        new("claude-3", ClaudeThinking.None) { Schemas = false },
        new("claude-3-5", ClaudeThinking.None) { Schemas = false },
        new("claude-3-7", ClaudeThinking.Budget) { Schemas = false },
        new("claude-sonnet-4", ClaudeThinking.Budget) { Schemas = false },
        new("claude-sonnet-4-0", ClaudeThinking.Budget) { Schemas = false },
        new("claude-opus-4", ClaudeThinking.Budget) { Schemas = false },
        new("claude-opus-4-0", ClaudeThinking.Budget) { Schemas = false },
        new("claude-opus-4-1", ClaudeThinking.Budget),
        new("claude-sonnet-4-5", ClaudeThinking.Budget),
        new("claude-haiku-4-5", ClaudeThinking.Budget),
        new("claude-opus-4-5", ClaudeThinking.Budget),
        new("claude-sonnet-4-6", ClaudeThinking.Adaptive),
        new("claude-opus-4-6", ClaudeThinking.Adaptive),
    ];

    /// <summary>By a name as upstreams take it: proxies put a word before it (<c>us.anthropic.claude-...</c>, <c>anthropic/claude-...</c>).</summary>
    public static ClaudeModel Of(string model)
    {
        var start = model.IndexOf(Newest.Prefix, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return Foreign;
        }

        var name = model[start..];
        foreach (var known in Known)
        {
            if (name.StartsWith(known.Prefix, StringComparison.OrdinalIgnoreCase) && !NamesANewerVersion(name.AsSpan(known.Prefix.Length)))
            {
                return known;
            }
        }

        return Newest;
    }

    /// <summary>Whether what follows a beginning goes on with the version: <c>-7</c> does, a date or a word does not.</summary>
    private static bool NamesANewerVersion(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || rest[0] != '-')
        {
            return !rest.IsEmpty && char.IsAsciiLetterOrDigit(rest[0]);
        }

        var digits = 1;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            digits++;
        }

        return digits is 2 or 3;
    }
}
