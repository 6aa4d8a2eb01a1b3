using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Looks into elements of a client's or an upstream's making: a member of another kind than expected is none.</summary>
internal static class JsonElements
{
    public static string? Text(this JsonElement element, string name) =>
        element.Member(name, JsonValueKind.String) is { } value ? value.GetString() : null;

    public static JsonElement? Object(this JsonElement element, string name) => element.Member(name, JsonValueKind.Object);

    public static JsonElement? List(this JsonElement element, string name) => element.Member(name, JsonValueKind.Array);

    public static JsonElement? Number(this JsonElement element, string name) => element.Member(name, JsonValueKind.Number);

    public static bool IsTrue(this JsonElement element, string name) => element.Member(name, JsonValueKind.True) is not null;

    public static bool IsFalse(this JsonElement element, string name) => element.Member(name, JsonValueKind.False) is not null;

    /// <summary>Present and not null.</summary>
    public static bool TryGiven(this JsonElement element, string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static JsonElement? Member(this JsonElement element, string name, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
