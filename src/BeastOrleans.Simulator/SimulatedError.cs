namespace BeastOrleans.Simulator;

/// <summary>An error before a dialect gives it a shape; null members take the dialect's usual words for the status.</summary>
internal sealed record SimulatedError(int Status, string? Type = null, string? Code = null, string? Message = null, string? RetryAfter = null)
{
    public static SimulatedError From(SimulatorBehavior behavior, int status) =>
        new(status, behavior.ErrorType, behavior.ErrorCode, behavior.ErrorMessage, behavior.RetryAfter);
}
