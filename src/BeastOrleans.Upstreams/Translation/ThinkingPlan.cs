namespace BeastOrleans.Upstreams.Translation;

/// <summary>What <c>reasoning_effort</c> becomes for one request to Anthropic's dialect.</summary>
internal readonly record struct ThinkingPlan
{
    /// <summary>The least budget that is taken there.</summary>
    public const int MinBudgetTokens = 1024;

    /// <summary>Room for thought and answer where the client set no limit: both count into it.</summary>
    public const int AdaptiveMaxTokens = 16_384;

    /// <summary>Tokens of thought for each effort, where models take a budget. With the default limit on top they stay below every model's own.</summary>
    private static readonly (string Effort, int BudgetTokens, string Adaptive)[] Efforts =
    [
        ("none", 0, ""),
        ("minimal", 1_024, "low"),
        ("low", 2_048, "low"),
        ("medium", 8_192, "medium"),
        ("high", 16_384, "high"),
        ("xhigh", 24_576, ""),
    ];

    public static IEnumerable<string> EffortNames => Efforts.Select(static row => row.Effort);

    /// <summary>0 = no budget.</summary>
    public int BudgetTokens { get; private init; }

    public bool Adaptive { get; private init; }

    /// <summary><c>output_config.effort</c>; null = none.</summary>
    public string? Effort { get; private init; }

    /// <summary>The effort could not be honoured.</summary>
    public bool Dropped { get; private init; }

    /// <summary>Sampling is then the model's own.</summary>
    public bool Thinks => BudgetTokens > 0 || Adaptive;

    /// <param name="effort">One of <see cref="EffortNames"/>; null = not asked for.</param>
    /// <param name="model">What it can.</param>
    /// <param name="maxTokens">The client's limit, into which thought counts; null = none.</param>
    /// <param name="forcedTool">A tool must be called: refused together with thinking.</param>
    /// <param name="inToolLoop">
    /// The last turn brings tool results: a model with a budget then wants its own signed thought back, which no chat client has;
    /// the same for an answer begun by the client.
    /// </param>
    public static ThinkingPlan Of(string? effort, ClaudeModel model, int? maxTokens, bool forcedTool, bool inToolLoop)
    {
        var row = Array.Find(Efforts, row => row.Effort == effort);
        if (row.Effort is null or "none")
        {
            return default;
        }

        if (model.Thinking == ClaudeThinking.Adaptive)
        {
            return new ThinkingPlan { Adaptive = !forcedTool, Effort = row.Adaptive.Length > 0 ? row.Adaptive : model.MostEffort };
        }

        // Half of the client's limit at most: the other half is for the answer.
        var budget = Math.Min(row.BudgetTokens, (maxTokens ?? int.MaxValue) / 2);
        return model.Thinking == ClaudeThinking.None || forcedTool || inToolLoop || budget < MinBudgetTokens
            ? new ThinkingPlan { Dropped = true }
            : new ThinkingPlan { BudgetTokens = budget };
    }
}
