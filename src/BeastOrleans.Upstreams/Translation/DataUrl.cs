namespace BeastOrleans.Upstreams.Translation;

/// <summary>A <c>data:</c> URL with base64 in it: <c>data:image/png;base64,iVBO...</c>.</summary>
internal readonly record struct DataUrl(string MediaType, string Base64)
{
    private const string Scheme = "data:";

    public static bool Is(string url) => url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    public static bool TryParse(string url, out DataUrl parsed)
    {
        parsed = default;
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        if (!Is(url) || comma < 0)
        {
            return false;
        }

        var head = url[Scheme.Length..comma].Split(';');
        var data = url[(comma + 1)..];
        if (!head[^1].Trim().Equals("base64", StringComparison.OrdinalIgnoreCase) || data.Length == 0 || !IsBase64(data))
        {
            return false;
        }

        parsed = new DataUrl(head[0].Trim().ToLowerInvariant(), data);
        return parsed.MediaType.Contains('/', StringComparison.Ordinal);
    }

    private static bool IsBase64(string data) => System.Buffers.Text.Base64.IsValid(data.AsSpan());
}
