using System.Text.Json;
using System.Text.Json.Nodes;

namespace BeastOrleans.Simulator;

/// <summary>A small value that a JSON schema takes: what is required, and no more.</summary>
internal sealed class SchemaSample
{
    private const int MaxDepth = 24;

    private readonly JsonElement _root;

    private SchemaSample(JsonElement root) => _root = root;

    /// <returns>JSON text; an object where the schema says nothing.</returns>
    public static string Of(JsonElement schema) => (new SchemaSample(schema).Make(schema, 0) ?? new JsonObject()).ToJsonString();

    private JsonNode? Make(JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            return null;
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Make(Resolve(reference.GetString() ?? ""), depth + 1);
        }

        if (schema.TryGetProperty("const", out var constant))
        {
            return JsonNode.Parse(constant.GetRawText());
        }

        if (schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
        {
            return JsonNode.Parse(values[0].GetRawText());
        }

        foreach (var union in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema.TryGetProperty(union, out var options) && options.ValueKind == JsonValueKind.Array && options.GetArrayLength() > 0)
            {
                return Make(options[0], depth + 1);
            }
        }

        return TypeOf(schema) switch
        {
            "object" => MakeObject(schema, depth),
            "array" => MakeArray(schema, depth),
            "string" => MakeText(schema),
            "integer" => JsonValue.Create((long)Math.Ceiling(Least(schema))),
            "number" => JsonValue.Create(Least(schema)),
            "boolean" => JsonValue.Create(true),
            _ => null,
        };
    }

    private JsonObject MakeObject(JsonElement schema, int depth)
    {
        var made = new JsonObject();
        if (schema.TryGetProperty("required", out var required) && schema.TryGetProperty("properties", out var properties))
        {
            foreach (var name in required.EnumerateArray().Select(static name => name.GetString() ?? ""))
            {
                made[name] = properties.TryGetProperty(name, out var property) ? Make(property, depth + 1) : null;
            }
        }

        return made;
    }

    private JsonArray MakeArray(JsonElement schema, int depth)
    {
        var made = new JsonArray();
        var count = schema.TryGetProperty("minItems", out var least) && least.TryGetInt32(out var number) ? Math.Min(number, 16) : 1;
        for (var index = 0; index < count && schema.TryGetProperty("items", out var items); index++)
        {
            made.Add(Make(items, depth + 1));
        }

        return made;
    }

    private static JsonValue MakeText(JsonElement schema)
    {
        var format = schema.TryGetProperty("format", out var named) ? named.GetString() : null;
        var text = format switch
        {
            "date-time" => "2025-01-01T00:00:00Z",
            "date" => "2025-01-01",
            "email" => "simulated@example.com",
            "uri" => "https://example.com",
            "uuid" => "00000000-0000-4000-8000-000000000000",
            _ => "simulated",
        };
        return JsonValue.Create(schema.TryGetProperty("minLength", out var least) && least.TryGetInt32(out var length) ? text.PadRight(Math.Min(length, 1024), '.') : text);
    }

    private static double Least(JsonElement schema)
    {
        if (schema.TryGetProperty("minimum", out var minimum))
        {
            return Math.Max(minimum.GetDouble(), schema.TryGetProperty("maximum", out var maximum) ? Math.Min(7, maximum.GetDouble()) : 7);
        }

        return schema.TryGetProperty("exclusiveMinimum", out var over) && over.ValueKind == JsonValueKind.Number ? Math.Max(over.GetDouble() + 1, 7) : 7;
    }

    private static string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return schema.TryGetProperty("properties", out _) ? "object" : null;
        }

        // Gemini's own schemas name the types in capitals.
        return (type.ValueKind == JsonValueKind.Array ? type[0] : type).GetString()?.ToLowerInvariant();
    }

    private JsonElement Resolve(string reference)
    {
        var found = _root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found))
            {
                return default;
            }
        }

        return found;
    }
}
