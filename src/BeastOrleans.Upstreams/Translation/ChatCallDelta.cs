using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>One element of <c>tool_calls</c>.</summary>
internal ref struct ChatCallDelta
{
    /// <summary>What it says of its place; else where it stands.</summary>
    public int Index { get; private set; }

    /// <summary>It says its place.</summary>
    public bool HasIndex { get; private set; }

    public string? Id { get; private set; }

    public string? Name { get; private set; }

    /// <summary>Inside of the JSON string, escapes as they stand; of an object, its JSON (see <see cref="IsObject"/>).</summary>
    public ReadOnlySpan<byte> Arguments { get; private set; }

    /// <summary>The arguments as JSON: the string with its quotes, or the object.</summary>
    public ReadOnlySpan<byte> ArgumentsToken { get; private set; }

    /// <summary>Some servers give the arguments as an object.</summary>
    public bool IsObject { get; private set; }

    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    public static ChatCallDelta Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int place)
    {
        var found = new ChatCallDelta { Index = place };
        found.ReadMembers(ref reader, json);
        return found;
    }

    private void ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFunction = reader.ValueTextEquals("function"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            var isId = reader.ValueTextEquals("id"u8);
            var isName = reader.ValueTextEquals("name"u8);
            var isArguments = reader.ValueTextEquals("arguments"u8);
            reader.Read();
            if (isFunction && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadMembers(ref reader, json);
                continue;
            }

            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0)
            {
                (Index, HasIndex) = (index, true);
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                Id = isId ? reader.GetString() : Id;
                Name = isName ? reader.GetString() : Name;
                Arguments = isArguments ? reader.ValueSpan : Arguments;
            }

            var start = (int)reader.TokenStartIndex;
            var isText = isArguments && reader.TokenType == JsonTokenType.String;
            var isObject = isArguments && reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            if (isText || isObject)
            {
                IsObject = isObject;
                ArgumentsToken = json[start..(int)reader.BytesConsumed];
                Arguments = isObject ? ArgumentsToken : Arguments;
            }
        }
    }
}
