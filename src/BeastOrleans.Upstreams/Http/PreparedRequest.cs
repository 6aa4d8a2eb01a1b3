using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Http;

/// <summary>What one attempt sends, in its endpoint's dialect; or what of the client's request cannot be said there.</summary>
internal readonly struct PreparedRequest
{
    public Uri? Url { get; private init; }

    /// <summary>Null when the request is refused.</summary>
    public SegmentedContent? Content { get; private init; }

    public FieldRefusal? Refusal { get; private init; }

    /// <summary>Fields of the client's request that are not in it.</summary>
    public string[]? Dropped { get; private init; }

    public static PreparedRequest Of(Uri url, SegmentedContent content) => new() { Url = url, Content = content };

    public static PreparedRequest Of(Uri url, TranslatedRequest translated) => new()
    {
        Url = url,
        Content = translated.Refusal is null ? new SegmentedContent(translated.Body) : null,
        Refusal = translated.Refusal,
        Dropped = translated.Dropped,
    };
}
