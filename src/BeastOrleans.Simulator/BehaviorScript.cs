namespace BeastOrleans.Simulator;

/// <summary>
/// Which behaviour applies to the next request. Rules for named models come before general ones, newer before older;
/// a new rule replaces the one with the same models and paths. Rules that have served their requests drop out.
/// </summary>
internal sealed class BehaviorScript
{
    private readonly Lock _gate = new();
    private long _headerDraws;

    // Read without the gate on the fast path: most requests meet an empty script.
    private volatile Rule[] _rules = [];

    /// <summary>The problem, or null when the rule now stands.</summary>
    public string? Add(SimulatorBehavior behavior)
    {
        if (BehaviorJson.FirstProblem(behavior) is { } problem)
        {
            return problem;
        }

        var rule = new Rule(behavior);
        lock (_gate)
        {
            var others = _rules.Where(other => !other.SameScopeAs(rule)).ToArray();
            if (others.Length >= SimulatorLimits.MaxScriptRules)
            {
                return $"At most {SimulatorLimits.MaxScriptRules} rules can stand at once.";
            }

            if (others.Sum(other => other.StepCount) + rule.StepCount > SimulatorLimits.MaxScriptSteps)
            {
                return $"Field 'steps': at most {SimulatorLimits.MaxScriptSteps} steps can stand at once.";
            }

            // OrderBy is stable, so the new rule leads those that are as specific.
            _rules = [.. new[] { rule }.Concat(others).OrderBy(candidate => candidate.Specificity)];
        }

        return null;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _rules = [];
        }
    }

    /// <summary>The behaviour of this request, with the error draw already made; null when no rule matches.</summary>
    public SimulatorBehavior? Next(string path, string model)
    {
        if (_rules.Length == 0)
        {
            return null;
        }

        lock (_gate)
        {
            foreach (var rule in _rules)
            {
                if (!rule.Matches(path, model))
                {
                    continue;
                }

                var behavior = rule.Take(out var draw);
                if (rule.IsSpent)
                {
                    _rules = [.. _rules.Where(other => other != rule)];
                }

                return Resolve(behavior, draw);
            }
        }

        return null;
    }

    /// <summary>A behaviour that comes with each request (header or default) draws from a count of its own.</summary>
    public SimulatorBehavior ResolvePerRequest(SimulatorBehavior behavior) =>
        behavior.ErrorRate is null ? behavior : Resolve(behavior, Interlocked.Increment(ref _headerDraws) - 1);

    private static SimulatorBehavior Resolve(SimulatorBehavior behavior, long draw)
    {
        if (behavior.ErrorRate is not { } rate || Uniform(behavior.Seed ?? 0, draw) >= rate)
        {
            return behavior;
        }

        return new SimulatorBehavior
        {
            Status = behavior.ErrorStatus ?? 500,
            LatencyMs = behavior.LatencyMs,
            RetryAfter = behavior.RetryAfter,
            ErrorType = behavior.ErrorType,
            ErrorCode = behavior.ErrorCode,
            ErrorMessage = behavior.ErrorMessage,
            Headers = behavior.Headers,
        };
    }

    /// <summary>SplitMix64 of (seed, draw): the nth draw of a seed is the same whichever thread takes it.</summary>
    private static double Uniform(long seed, long draw)
    {
        unchecked
        {
            var z = (ulong)seed * 0xD1342543DE82EF95UL + (ulong)(draw + 1) * 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            z ^= z >> 31;
            return (z >> 11) * (1.0 / (1UL << 53));
        }
    }

    private sealed class Rule
    {
        private readonly HashSet<string>? _models;
        private readonly HashSet<string>? _paths;
        private readonly IReadOnlyList<SimulatorBehavior> _steps;
        private readonly bool _endless;
        private int _step;
        private int _servedByStep;
        private long _draws;

        public Rule(SimulatorBehavior behavior)
        {
            _models = behavior.Models?.ToHashSet(StringComparer.Ordinal);
            _paths = behavior.Paths?.ToHashSet(StringComparer.Ordinal);
            _steps = behavior.Steps ?? [behavior];
            _endless = behavior.Steps is null && behavior.Times is null;
        }

        public int StepCount => _steps.Count;

        public int Specificity => (_models is null ? 2 : 0) + (_paths is null ? 1 : 0);

        public bool IsSpent => _step >= _steps.Count;

        public bool SameScopeAs(Rule other) => SameNames(_models, other._models) && SameNames(_paths, other._paths);

        public bool Matches(string path, string model) =>
            (_models is null || _models.Contains(model)) && (_paths?.Contains(path) ?? SimulatorRoutes.IsGeneration(path));

        public SimulatorBehavior Take(out long draw)
        {
            draw = _draws++;
            var behavior = _steps[_step];
            if (!_endless && ++_servedByStep >= (behavior.Times ?? 1))
            {
                _step++;
                _servedByStep = 0;
            }

            return behavior;
        }

        private static bool SameNames(HashSet<string>? left, HashSet<string>? right) =>
            left is null || right is null ? left == right : left.SetEquals(right);
    }
}
