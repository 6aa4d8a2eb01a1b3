namespace BeastOrleans.Simulator;

/// <summary>The few facts of a request body that decide the answer.</summary>
internal struct IncomingRequest
{
    /// <summary>Null when the body names no model.</summary>
    public ModelCard? Model;

    public bool IsJson;
    public bool Stream;
    public bool HasMessages;
    public bool HasStreamOptions;
    public bool IncludeUsage;

    /// <summary>max_tokens, or max_completion_tokens; null when neither is there.</summary>
    public int? MaxTokens;

    /// <summary>Words of all message text: blanks plus one for each text, which is deterministic and cheap.</summary>
    public int PromptWords;
}
