namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A request of OpenAI's own dialect that may stream: where its <c>stream_options</c> stand, so that they can be changed without copying the body.</summary>
public abstract class OpenAIRequest : ModelRequest
{
    /// <summary>Where the value of <c>stream_options</c> stands; length 0 when absent.</summary>
    public (int Start, int Length) StreamOptionsToken { get; init; }

    /// <summary>The member <c>stream_options</c> with one comma beside it: what to cut to take it out; length 0 when absent.</summary>
    public (int Start, int Length) StreamOptionsMember { get; init; }

    /// <summary>The top-level names, see <see cref="OpenAI.NameBits"/>.</summary>
    internal ulong NameBits { get; init; } = OpenAI.NameBits.Any;

    /// <summary>The client itself asked for <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }
}
