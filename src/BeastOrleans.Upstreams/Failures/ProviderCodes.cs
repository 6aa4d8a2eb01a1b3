namespace BeastOrleans.Upstreams.Failures;

/// <summary>The codes and types that providers give, by what they mean. Compared as they stand; unknown ones mean nothing.</summary>
internal static class ProviderCodes
{
    private static readonly HashSet<string> Credential = new(StringComparer.OrdinalIgnoreCase)
    {
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error", "account_deactivated",
        "invalid_api_key", "authentication_error", "permission_error", "invalid_authentication", "access_terminated",
    };

    private static readonly HashSet<string> Overload = new(StringComparer.OrdinalIgnoreCase)
    {
        "rate_limit_exceeded", "rate_limit_error", "overloaded_error", "overloaded", "engine_overloaded",
        "server_overloaded", "too_many_requests", "tokens_exceeded", "requests_exceeded", "slow_down",
    };

    private static readonly HashSet<string> Context = new(StringComparer.OrdinalIgnoreCase)
    {
        "context_length_exceeded", "exceed_context_size_error", "context_window_exceeded", "prompt_too_long",
    };

    private static readonly HashSet<string> Config = new(StringComparer.OrdinalIgnoreCase)
    {
        "model_not_found", "not_found_error", "unsupported_value", "unsupported_model", "model_not_available",
    };

    private static readonly HashSet<string> UnknownParameter = new(StringComparer.OrdinalIgnoreCase)
    {
        "unknown_parameter", "unsupported_parameter", "extra_forbidden",
    };

    private static readonly HashSet<string> ContentPolicy = new(StringComparer.OrdinalIgnoreCase)
    {
        "content_policy_violation", "content_filter", "moderation_blocked",
    };

    private static readonly HashSet<string> Caller = new(StringComparer.OrdinalIgnoreCase)
    {
        "invalid_request_error", "request_too_large", "invalid_prompt",
    };

    public static bool IsCredential(UpstreamError error) => Has(Credential, error);

    public static bool IsOverload(UpstreamError error) => Has(Overload, error);

    public static bool IsContext(UpstreamError error) => Has(Context, error);

    public static bool IsConfig(UpstreamError error) => Has(Config, error) || IsUnknownParameter(error);

    public static bool IsUnknownParameter(UpstreamError error) => Has(UnknownParameter, error);

    public static bool IsContentPolicy(UpstreamError error) => Has(ContentPolicy, error);

    public static bool IsCaller(UpstreamError error) => Has(Caller, error) || IsContentPolicy(error);

    private static bool Has(HashSet<string> set, UpstreamError error) =>
        (error.Code is not null && set.Contains(error.Code)) || (error.Type is not null && set.Contains(error.Type));
}
