using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.Gateway.Errors;

/// <summary>The words that enums have on the wire, in headers and in metrics.</summary>
internal static class Wire
{
    public static string Of(FailureReason reason) => reason switch
    {
        FailureReason.Network => "network",
        FailureReason.Overload => "overload",
        FailureReason.Timeout => "timeout",
        FailureReason.Unhealthy => "unhealthy",
        FailureReason.Other => "other",
        _ => "none",
    };

    public static string Of(EndpointType type) => type == EndpointType.Custom ? "custom" : "provider";

    public static string Of(OwnerKind owner) => owner switch
    {
        OwnerKind.User => "user",
        OwnerKind.Tenant => "tenant",
        _ => "platform",
    };

    public static string Of(CircuitState state) => state switch
    {
        CircuitState.Open => "open",
        CircuitState.HalfOpen => "half_open",
        CircuitState.Isolated => "isolated",
        _ => "closed",
    };

    public static string Of(OutcomeClass outcome) => outcome switch
    {
        OutcomeClass.Ok => "ok",
        OutcomeClass.Sick => "sick",
        OutcomeClass.Timeout => "timeout",
        OutcomeClass.Overload => "overload",
        OutcomeClass.Credential => "credential",
        OutcomeClass.Config => "config",
        OutcomeClass.Context => "context",
        OutcomeClass.Caller => "caller",
        _ => "abandoned",
    };

    public static string Of(Dialect dialect) => dialect switch
    {
        Dialect.Anthropic => "anthropic",
        Dialect.Gemini => "gemini",
        _ => "openai",
    };
}
