namespace BeastOrleans.Simulator;

/// <summary>The few facts of a request body that decide the answer.</summary>
internal struct IncomingRequest
{
    /// <summary>Null when neither the body nor the address names a model.</summary>
    public ModelCard? Model;

    public bool IsJson;
    public bool Stream;
    public bool HasMessages;
    public bool HasStreamOptions;
    public bool IncludeUsage;

    /// <summary>A field is there that asks for more than text; only then is the body read in full.</summary>
    public bool AsksForMore;

    /// <summary><c>prompt</c> or <c>input</c>, of the routes that take no messages.</summary>
    public bool HasPrompt;

    /// <summary>The body in full; null unless it asks for more, or the server is strict.</summary>
    public RequestDetail? Detail;

    /// <summary>max_tokens, or max_completion_tokens; null when neither is there.</summary>
    public int? MaxTokens;

    /// <summary>The body's <c>user</c>: what a client tells its requests apart by.</summary>
    public string? User;

    /// <summary>Words of all message text: blanks plus one for each text, which is deterministic and cheap.</summary>
    public int PromptWords;
}
