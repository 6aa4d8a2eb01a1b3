namespace BeastOrleans.Upstreams.Translation;

/// <summary>Errors as Anthropic writes them: its SDKs choose their exception by the status, its users by the type.</summary>
public static class MessagesErrorBody
{
    /// <summary>Anthropic's type for an HTTP status.</summary>
    public static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        >= 400 and < 500 => "invalid_request_error",
        _ => "api_error",
    };
}
