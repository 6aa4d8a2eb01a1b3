using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams;

/// <summary>
/// A client's request, whatever dialect it is in: the bytes as they came and what one pass over them found. Chat
/// completions are the pivot: an upstream of another dialect than the client's is asked by way of <see cref="TryGetChat"/>.
/// </summary>
public abstract class ModelRequest
{
    /// <summary>The body, UTF-8, untouched.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The top-level <c>model</c>; null when absent or null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/> (its JSON token with quotes); length 0 when absent.</summary>
    public (int Start, int Length) ModelToken { get; init; }

    /// <summary>Just behind the body's opening brace: where a property can be put in.</summary>
    public int ObjectStart { get; init; }

    /// <summary>The body's object has no property.</summary>
    public bool IsEmptyObject { get; init; }

    public bool Stream { get; init; }

    /// <summary>What the request needs of a model.</summary>
    public Capabilities Needs { get; init; }

    /// <summary>The longest answer asked for, tokens; null when the client gives none.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Answers asked for, each up to <see cref="MaxOutputTokens"/> long.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The user that the body names.</summary>
    public string? User { get; init; }

    /// <summary>UTF-8 bytes of the prompt's JSON, a flat number for each picture or file that stands in it: what estimates rest on.</summary>
    public int PromptBytes { get; init; }

    /// <summary>The request as chat completions, translated once for each model it is tried at.</summary>
    /// <param name="model">The upstream's name of the model: what it takes decides a few fields.</param>
    /// <returns>False, with what cannot be said, when the pivot has no words for the request.</returns>
    public abstract bool TryGetChat(string model, [NotNullWhen(true)] out ChatRequest? chat, [NotNullWhen(false)] out RequestDefect? defect);
}

/// <summary>What is wrong with a request body.</summary>
/// <param name="Message">Says what to change.</param>
/// <param name="Param">JSON path of the culprit, e.g. <c>messages[0].role</c>; null for the whole body.</param>
public sealed record RequestDefect(string Message, string? Param);
