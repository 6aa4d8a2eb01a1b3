namespace BeastOrleans.Gateway;

/// <summary>Our own headers, requests' first, then responses'.</summary>
internal static class BeastHeaders
{
    public const string User = "x-beast-user";
    public const string Prefer = "x-beast-prefer";
    public const string Fallback = "x-beast-fallback";
    public const string Timeout = "x-beast-timeout";
    public const string Stream = "x-beast-stream";
    public const string Hold = "x-beast-hold";
    public const string Tags = "x-beast-tags";

    public const string RequestId = "x-beast-request-id";
    public const string Model = "x-beast-model";
    public const string ModelType = "x-beast-model-type";
    public const string Attempts = "x-beast-attempts";
    public const string FallbackReason = "x-beast-fallback-reason";
    public const string Dropped = "x-beast-dropped";
    public const string CostUsd = "x-beast-cost-usd";
    public const string SavedUsd = "x-beast-saved-usd";

    /// <summary>Of a page in CSV: the cursor of the next one.</summary>
    public const string Next = "x-beast-next";
}
