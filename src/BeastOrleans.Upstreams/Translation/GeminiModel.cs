namespace BeastOrleans.Upstreams.Translation;

internal enum GeminiThinking
{
    None = 0,

    /// <summary><c>thinkingConfig.thinkingBudget</c>.</summary>
    Budget = 1,

    /// <summary><c>thinkingConfig.thinkingLevel</c>.</summary>
    Level = 2,
}

/// <summary>What a Gemini model takes, where models differ. Data of 2026-11, by the beginning of the name.</summary>
internal sealed record GeminiModel(string Prefix, GeminiThinking Thinking)
{
    private const string Family = "gemini-";

    private static readonly (string Effort, int Budget, string Level)[] Efforts =
    [
        ("none", 0, "low"),
        ("minimal", 512, "low"),
        ("low", 1_024, "low"),
        ("medium", 8_192, "medium"),
        ("high", 24_576, "high"),
        ("xhigh", 32_768, "high"),
    ];

    /// <summary>The least thought; 0 = it can be switched off.</summary>
    public int MinBudget { get; init; }

    public int MaxBudget { get; init; } = 24_576;

    /// <summary>A medium level exists.</summary>
    public bool HasMedium { get; init; } = true;

    /// <summary>From Gemini 3 on: calls carry signatures and ids, and a schema may stand beside tools.</summary>
    public bool IsThird => Thinking == GeminiThinking.Level;

    /// <summary>In the order in which they are matched.</summary>
    public static IReadOnlyList<GeminiModel> Known { get; } =
    [
        new("gemini-1", GeminiThinking.None),
        new("gemini-2.0", GeminiThinking.None),
        new("gemini-2.5-pro", GeminiThinking.Budget) { MinBudget = 128, MaxBudget = 32_768 },
        new("gemini-2.5", GeminiThinking.Budget),
        new("gemini-3-pro", GeminiThinking.Level) { HasMedium = false },
        new("gemini-", GeminiThinking.Level),
        new("", GeminiThinking.None),
    ];

    public static IEnumerable<string> EffortNames => Efforts.Select(static row => row.Effort);

    /// <summary>By a name as upstreams take it, with <c>models/</c> before it or not.</summary>
    public static GeminiModel Of(string model)
    {
        var start = model.IndexOf(Family, StringComparison.OrdinalIgnoreCase);
        var name = start < 0 ? "" : model[start..];
        return Known.First(known => name.StartsWith(known.Prefix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Tokens of thought; at most half of the client's limit, into which they count, as far as the model lets.</summary>
    public int BudgetOf(string effort, int? maxTokens) =>
        Math.Max(MinBudget, Math.Min(Math.Min(MaxBudget, Array.Find(Efforts, row => row.Effort == effort).Budget), (maxTokens ?? int.MaxValue) / 2));

    public string LevelOf(string effort)
    {
        var level = Array.Find(Efforts, row => row.Effort == effort).Level;
        return level == "medium" && !HasMedium ? "high" : level;
    }
}
