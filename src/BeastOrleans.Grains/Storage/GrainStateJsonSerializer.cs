using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Storage;

namespace BeastOrleans.Grains.Storage;

/// <summary>
/// Grain state as plain JSON. Orleans' own serializer writes CLR type names, which a rename turns into unreadable state and
/// which have no place in data that other versions read.
/// </summary>
internal sealed class GrainStateJsonSerializer : IGrainStorageSerializer
{
    /// <summary>The largest state that is written; a grain that outgrows it should have been rows of a table.</summary>
    public const int MaxPayloadBytes = 8 * 1024 * 1024;

    public static JsonSerializerOptions Options { get; } = CreateOptions();

    public BinaryData Serialize<T>(T? input)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(input, Options);
        if (payload.Length > MaxPayloadBytes)
        {
            throw new InvalidOperationException($"The state {typeof(T).Name} is {payload.Length} bytes; the limit is {MaxPayloadBytes}.");
        }

        return new BinaryData(payload);
    }

    public T? Deserialize<T>(BinaryData input)
    {
        return JsonSerializer.Deserialize<T>(input.ToMemory().Span, Options);
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };

        // Numbers would tie stored state to the order of an enum's members.
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
