using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// Failures that only the caller can mend, although other candidates are asked first: a prompt too long for a model, a field
/// that an endpoint's dialect cannot say, a parameter that an upstream does not know. When nobody answers, the client hears
/// the first one in the words of whoever found it.
/// </summary>
internal struct CallersMistake
{
    private AttemptFailure? _tooLong;
    private AttemptFailure? _refused;

    public void Saw(AttemptFailure failure)
    {
        if (failure.Class == OutcomeClass.Context)
        {
            _tooLong ??= failure;
        }
        else if (failure.Param is not null || failure is { Class: OutcomeClass.Config, Status: 400 or 422, RefusedStreamOptions: false })
        {
            _refused ??= failure;
        }
    }

    /// <summary>
    /// Null when the request failed for another reason: where a candidate took the words and failed, or could not be asked,
    /// that is the news.
    /// </summary>
    public readonly AttemptFailure? Of(Exchange exchange) =>
        _tooLong ?? (exchange.Skipped is null && exchange.Attempts.TrueForAll(IsRefusal) ? _refused : null);

    private static bool IsRefusal(AttemptRecord attempt) => attempt is { Outcome: OutcomeClass.Config, Status: 0 or 400 or 422 };
}
