using BeastOrleans.Contracts.Selection;
using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>A selector's refusal as an error for the client.</summary>
internal static class RefusalErrors
{
    public static GatewayError Of(Refusal refusal)
    {
        var message = refusal.Message;
        return refusal.Code switch
        {
            RefusalCode.ModelNotFound => GatewayError.NotFound(message, "model_not_found") with { Param = "model" },
            RefusalCode.ModelDisabled => GatewayError.NotFound(message, "model_disabled") with { Param = "model" },
            RefusalCode.NoModelAvailable => GatewayError.NotFound(message, "no_model_available") with { Param = "model" },
            RefusalCode.ModelNotAllowed => GatewayError.Forbidden(message, "model_not_allowed") with { Param = "model" },
            RefusalCode.ModelUnpriced => GatewayError.Forbidden(message, "model_unpriced") with { Param = "model" },
            _ => GatewayError.BadRequest(message, null, "capability_missing"),
        };
    }
}
