using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>A function that the model may call.</summary>
internal sealed record ChatFunction
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON schema of the arguments, untouched; null = none.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Arguments must match the schema.</summary>
    public bool Strict { get; init; }

    public JsonElement? CacheControl { get; init; }

    /// <param name="element">The object with the name in it.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="function">What was read.</param>
    public static FieldRefusal? Read(JsonElement element, string path, out ChatFunction? function)
    {
        function = null;
        if (element.Text("name") is not { Length: > 0 } name)
        {
            return FieldRefusal.Malformed(path + ".name", "must be a non-empty string.");
        }

        if (element.TryGiven("parameters", out var parameters) && parameters.ValueKind != JsonValueKind.Object)
        {
            return FieldRefusal.Malformed(path + ".parameters", "must be a JSON schema.");
        }

        if (GivenValue.Text(element, "description", path + ".description", out var description) is { } wrongText)
        {
            return wrongText;
        }

        if (GivenValue.Flag(element, "strict", path + ".strict", out var strict) is { } wrongFlag)
        {
            return wrongFlag;
        }

        function = new ChatFunction
        {
            Name = name,
            Description = description,
            Parameters = parameters.ValueKind == JsonValueKind.Object ? parameters : null,
            Strict = strict == true,
            CacheControl = element.Object("cache_control"),
        };
        return null;
    }

    /// <summary>The schema of the arguments. Both other dialects want an object's, OpenAI takes one that does not say so.</summary>
    public void WriteParameters(Utf8JsonWriter writer, string property)
    {
        writer.WritePropertyName(property);
        if (Parameters is { } given && given.TryGiven("type", out _))
        {
            given.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("type", "object");
        foreach (var member in Parameters?.EnumerateObject() ?? default)
        {
            if (!member.NameEquals("type"u8))
            {
                member.WriteTo(writer);
            }
        }

        if (Parameters is null || !Parameters.Value.TryGiven("properties", out _))
        {
            writer.WriteStartObject("properties");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
