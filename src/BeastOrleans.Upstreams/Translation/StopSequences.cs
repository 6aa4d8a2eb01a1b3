using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary><c>stop</c>: a string, or a list of strings.</summary>
internal static class StopSequences
{
    public static FieldRefusal? Read(JsonElement root, out List<string> sequences)
    {
        sequences = [];
        if (!root.TryGiven("stop", out var stop))
        {
            return null;
        }

        if (stop.ValueKind == JsonValueKind.String)
        {
            sequences.Add(stop.GetString()!);
            return null;
        }

        if (stop.ValueKind != JsonValueKind.Array)
        {
            return FieldRefusal.Malformed("stop", "must be a string or an array of strings.");
        }

        foreach (var sequence in stop.EnumerateArray())
        {
            if (sequence.ValueKind != JsonValueKind.String)
            {
                return FieldRefusal.Malformed($"stop[{sequences.Count}]", "must be a string.");
            }

            sequences.Add(sequence.GetString()!);
        }

        return null;
    }
}
