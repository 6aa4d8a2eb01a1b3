using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace BeastOrleans.Simulator;

/// <summary>Script JSON in, behaviour or the first problem out. A typo in a test script must not pass as "no fault".</summary>
internal static class BehaviorJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 16,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static readonly HashSet<string> KnownFields = Options.GetTypeInfo(typeof(SimulatorBehavior)).Properties
        .Select(property => property.Name)
        .ToHashSet(StringComparer.Ordinal);

    public static SimulatorBehavior? Parse(ReadOnlyMemory<byte> json, out string problem)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            if (UnknownField(document.RootElement, "") is { } unknown)
            {
                problem = unknown;
                return null;
            }

            var behavior = document.RootElement.Deserialize<SimulatorBehavior>(Options)!;
            problem = FirstProblem(behavior) ?? "";
            return problem.Length == 0 ? behavior : null;
        }
        catch (JsonException exception)
        {
            // Path names the field whose value has the wrong type ("$.status").
            problem = exception.Path is { } path ? $"Field '{path.TrimStart('$', '.')}' has a wrong value." : "The script is not valid JSON.";
            return null;
        }
    }

    public static string? FirstProblem(SimulatorBehavior behavior)
    {
        if (behavior.Steps is not { } steps)
        {
            return BehaviorBounds.FirstProblem(behavior);
        }

        if (steps.Count is 0 or > SimulatorLimits.MaxScriptSteps)
        {
            return $"Field 'steps' must hold 1 to {SimulatorLimits.MaxScriptSteps} steps.";
        }

        if (behavior with { Models = null, Paths = null, Steps = null } != new SimulatorBehavior())
        {
            return "Field 'steps' stands alone: only 'models' and 'paths' go beside it.";
        }

        for (var index = 0; index < steps.Count; index++)
        {
            if (steps[index] is null || steps[index].Steps is not null || steps[index].Models is not null || steps[index].Paths is not null)
            {
                return $"Field 'steps[{index}]' must be an object without 'steps', 'models' and 'paths'.";
            }

            if (BehaviorBounds.FirstProblem(steps[index]) is { } problem)
            {
                return $"steps[{index}]: {problem}";
            }
        }

        return BehaviorBounds.FirstProblem(behavior);
    }

    private static string? UnknownField(JsonElement element, string prefix)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return $"{(prefix.Length == 0 ? "The script" : $"Field '{prefix.TrimEnd('.')}'")} must be an object.";
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!KnownFields.Contains(property.Name))
            {
                return $"Unknown field '{prefix}{property.Name}'.";
            }

            if (property.NameEquals("steps"u8) && property.Value.ValueKind == JsonValueKind.Array && prefix.Length == 0)
            {
                var index = 0;
                foreach (var step in property.Value.EnumerateArray())
                {
                    if (UnknownField(step, $"steps[{index++}].") is { } problem)
                    {
                        return problem;
                    }
                }
            }
        }

        return null;
    }
}
