using BeastOrleans.Gateway.Forwarding;

namespace BeastOrleans.Gateway.Errors;

/// <summary>An error on its way to a client, free of any dialect: <see cref="ErrorResponses"/> writes it.</summary>
internal sealed record GatewayError(int Status, string Type, string Code, string Message)
{
    /// <summary>JSON path of the culprit in the request body.</summary>
    public string? Param { get; init; }

    /// <summary>Rounded up to whole seconds on the wire.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary><c>x-should-retry</c>, which the SDKs obey; null leaves it to their own rules.</summary>
    public bool? ShouldRetry { get; init; }

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    public static GatewayError BadRequest(string message, string? param = null, string code = "invalid_request") =>
        new(400, "invalid_request_error", code, message) { Param = param };

    public static GatewayError Unauthorized(string message) => new(401, "authentication_error", "invalid_api_key", message);

    public static GatewayError Forbidden(string message, string code = "forbidden") => new(403, "permission_error", code, message);

    public static GatewayError NotFound(string message, string code = "not_found") => new(404, "not_found_error", code, message);

    public static GatewayError WrongMethod(string message) => new(405, "invalid_request_error", "method_not_allowed", message);

    public static GatewayError Conflict(string message) => new(409, "invalid_request_error", "conflict", message);

    public static GatewayError TooLarge(string message) => new(413, "invalid_request_error", "request_too_large", message);

    public static GatewayError TooMany(string message, TimeSpan retryAfter) =>
        new(429, "rate_limit_error", "rate_limited", message) { RetryAfter = retryAfter };

    public static GatewayError Unavailable(string message, string code, TimeSpan? retryAfter = null) =>
        new(503, "server_error", code, message) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(1) };

    public static GatewayError Internal() =>
        new(500, "server_error", "internal_error", "The gateway failed to handle this request. The operator finds the cause in its log under the request id.");
}
