using System.Text;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>A call of a function that an assistant's message holds.</summary>
internal sealed record ChatCall
{
    /// <summary>OpenAI's id; of an old-style <c>function_call</c>, one made of its place.</summary>
    public required string Id { get; init; }

    /// <summary>What its result names it by: the id, or the old style's name.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    /// <summary>As the model wrote them: a JSON object, or nothing.</summary>
    public required string Arguments { get; init; }

    /// <summary>Where it stands: <c>messages[1].tool_calls[0]</c>.</summary>
    public required string Path { get; init; }

    public required JsonElement Source { get; init; }

    public static FieldRefusal? ReadAll(JsonElement message, int index, out List<ChatCall> calls)
    {
        calls = [];
        if (message.List("tool_calls") is { } list)
        {
            foreach (var element in list.EnumerateArray())
            {
                if (Read(element, $"messages[{index}].tool_calls[{calls.Count}]", out var call) is { } refusal)
                {
                    return refusal;
                }

                calls.Add(call!);
            }
        }

        if (calls.Count == 0 && message.Object("function_call") is { } old)
        {
            var path = $"messages[{index}].function_call";
            if (old.Text("name") is not { Length: > 0 } name)
            {
                return FieldRefusal.Malformed(path + ".name", "must be a non-empty string.");
            }

            calls.Add(new ChatCall { Id = $"call_{index}", Key = name, Name = name, Arguments = old.Text("arguments") ?? "", Path = path, Source = old });
        }

        return null;
    }

    private static FieldRefusal? Read(JsonElement element, string path, out ChatCall? call)
    {
        call = null;
        if (element.Text("type") is { } type && type != "function")
        {
            return new FieldRefusal($"'{path}.type' must be function: other calls cannot be translated.", path + ".type");
        }

        var function = element.Object("function") ?? default;
        if (function.Text("name") is not { Length: > 0 } name)
        {
            return FieldRefusal.Malformed(path + ".function.name", "must be a non-empty string.");
        }

        if (element.Text("id") is not { Length: > 0 } id)
        {
            return FieldRefusal.Malformed(path + ".id", "must be a non-empty string.");
        }

        call = new ChatCall { Id = id, Key = id, Name = name, Arguments = function.Text("arguments") ?? "", Path = path, Source = element };
        return null;
    }

    /// <summary>Writes the arguments as the JSON object that they are; nothing at all is an empty object.</summary>
    public FieldRefusal? WriteArguments(Utf8JsonWriter writer, string property)
    {
        if (string.IsNullOrWhiteSpace(Arguments))
        {
            writer.WriteStartObject(property);
            writer.WriteEndObject();
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(Arguments);
        try
        {
            if (JsonText.IsWellFormed(bytes))
            {
                using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = ChatRequestReader.MaxDepth });
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    writer.WritePropertyName(property);
                    document.RootElement.WriteTo(writer);
                    return null;
                }
            }
        }
        catch (JsonException)
        {
            // Refused below: a model's call that was cut off is no JSON, and other dialects hold calls as objects.
        }

        var path = Path.EndsWith("function_call", StringComparison.Ordinal) ? Path + ".arguments" : Path + ".function.arguments";
        return new FieldRefusal($"'{path}' must be a JSON object: the endpoint's dialect holds calls as objects.", path);
    }
}
