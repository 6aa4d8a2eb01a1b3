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
    public IReadOnlyList<string>? Dropped { get; private init; }

    /// <summary>Headers beside the usual ones; null = none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; init; }

    public static PreparedRequest Of(Uri url, SegmentedContent content) => new() { Url = url, Content = content };

    public static PreparedRequest Refused(FieldRefusal refusal) => new() { Refusal = refusal };

    /// <summary>Together with what an earlier translation left out.</summary>
    public PreparedRequest With(IReadOnlyList<string> dropped) =>
        dropped.Count == 0 || Refusal is not null ? this : this with { Dropped = Dropped is { Count: > 0 } own ? [.. dropped, .. own] : dropped };

    public static PreparedRequest Of(Uri url, TranslatedRequest translated) => new()
    {
        Url = url,
        Content = translated.Refusal is null ? new SegmentedContent(translated.Body) : null,
        Refusal = translated.Refusal,
        Dropped = translated.Dropped,
    };
}
