using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A chat request in OpenAI's dialect: the bytes as they came and what one pass over them found.</summary>
public sealed class ChatRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The top-level <c>model</c>; null when absent or null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/> (its JSON token with quotes); length 0 when absent.</summary>
    public (int Start, int Length) ModelToken { get; init; }

    /// <summary>Where the value of <c>stream_options</c> stands; length 0 when absent.</summary>
    public (int Start, int Length) StreamOptionsToken { get; init; }

    /// <summary>The member <c>stream_options</c> with one comma beside it: what to cut to take it out; length 0 when absent.</summary>
    public (int Start, int Length) StreamOptionsMember { get; init; }

    /// <summary>Just behind the body's opening brace: where a property can be put in.</summary>
    public int ObjectStart { get; init; }

    /// <summary>The body's object has no property.</summary>
    public bool IsEmptyObject { get; init; }

    public bool Stream { get; init; }

    /// <summary>The client itself asked for <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>What the request needs of a model.</summary>
    public Capabilities Needs { get; init; }

    /// <summary>The larger of <c>max_completion_tokens</c> and <c>max_tokens</c> (which one counts differs by upstream); null when neither is given.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Answers asked for (<c>n</c>), each up to <see cref="MaxOutputTokens"/> long.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The top-level <c>user</c>.</summary>
    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the messages' JSON: what estimates rest on.</summary>
    public int PromptBytes { get; init; }
}

/// <summary>What is wrong with a request body.</summary>
/// <param name="Message">Says what to change.</param>
/// <param name="Param">JSON path of the culprit, e.g. <c>messages[0].role</c>; null for the whole body.</param>
public sealed record RequestDefect(string Message, string? Param);
