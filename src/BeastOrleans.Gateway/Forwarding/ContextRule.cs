using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>A prompt too long for one model is shown once to a candidate with a larger or unknown window, and to no other.</summary>
internal struct ContextRule
{
    private bool _tooLong;
    private int? _window;
    private bool _spent;

    public void Saw(AttemptRecord attempt, PlanCandidate candidate)
    {
        if (attempt.Outcome == OutcomeClass.Context)
        {
            _spent = _tooLong;
            _tooLong = true;
            _window = candidate.ContextTokens;
        }
    }

    public readonly bool Excludes(PlanCandidate candidate) =>
        _tooLong && (_spent || (candidate.ContextTokens is { } window && _window is { } known && window <= known));
}
