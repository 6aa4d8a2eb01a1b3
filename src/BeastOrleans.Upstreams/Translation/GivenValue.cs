using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Fields that are carried, with the type that they must have: absent and null are none, and another type is the caller's
/// mistake, told by the path. To leave it out would answer a request that nobody made.
/// </summary>
internal static class GivenValue
{
    public static FieldRefusal? Number(JsonElement parent, string name, out JsonElement? number)
    {
        number = null;
        if (!parent.TryGiven(name, out var given))
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.Number)
        {
            return FieldRefusal.Malformed(name, "must be a number.");
        }

        number = given;
        return null;
    }

    /// <summary>A whole number; one with a fraction of zero (<c>40.0</c>) is, too.</summary>
    public static FieldRefusal? Whole(JsonElement parent, string name, out int? number)
    {
        number = null;
        if (!parent.TryGiven(name, out var given))
        {
            return null;
        }

        if (given.ValueKind == JsonValueKind.Number
            && given.TryGetDouble(out var value) && value == Math.Truncate(value) && value is >= int.MinValue and <= int.MaxValue)
        {
            number = (int)value;
            return null;
        }

        return FieldRefusal.Malformed(name, "must be a whole number.");
    }

    public static FieldRefusal? Flag(JsonElement parent, string name, string path, out bool? flag)
    {
        flag = null;
        if (!parent.TryGiven(name, out var given))
        {
            return null;
        }

        if (given.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            return FieldRefusal.Malformed(path, "must be true or false.");
        }

        flag = given.ValueKind == JsonValueKind.True;
        return null;
    }

    public static FieldRefusal? Text(JsonElement parent, string name, string path, out string? text)
    {
        text = null;
        if (!parent.TryGiven(name, out var given))
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.String)
        {
            return FieldRefusal.Malformed(path, "must be a string.");
        }

        text = given.GetString();
        return null;
    }

    /// <summary><c>modalities</c>: text alone is known in every dialect.</summary>
    public static FieldRefusal? OnlyText(JsonElement root, ChatFieldTable table)
    {
        if (!root.TryGiven("modalities", out var given))
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.Array)
        {
            return FieldRefusal.Malformed("modalities", "must be an array of strings.");
        }

        foreach (var modality in given.EnumerateArray())
        {
            if (modality.ValueKind != JsonValueKind.String || !modality.ValueEquals("text"u8))
            {
                return table.Cannot("modalities");
            }
        }

        return null;
    }
}
