using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary><c>response_format</c>: text, any JSON object, or JSON of a schema.</summary>
internal readonly record struct ResponseFormat
{
    public bool IsJsonObject { get; private init; }

    /// <summary>Null = no schema asked for.</summary>
    public JsonElement? Schema { get; private init; }

    /// <summary>The object around the schema.</summary>
    public JsonElement JsonSchema { get; private init; }

    public static FieldRefusal? Read(JsonElement root, out ResponseFormat format)
    {
        format = default;
        if (!root.TryGiven("response_format", out var given))
        {
            return null;
        }

        switch (given.Text("type"))
        {
            case "text":
                return null;
            case "json_object":
                format = new ResponseFormat { IsJsonObject = true };
                return null;
            case "json_schema":
                var around = given.Object("json_schema") ?? default;
                if (around.Object("schema") is not { } schema)
                {
                    return FieldRefusal.Malformed("response_format.json_schema.schema", "must be a JSON schema.");
                }

                format = new ResponseFormat { Schema = schema, JsonSchema = around };
                return null;
            default:
                return FieldRefusal.Malformed("response_format.type", "must be text, json_object or json_schema.");
        }
    }
}
