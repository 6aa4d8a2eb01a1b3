using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>What Gemini refuses of the turns and their parts.</summary>
internal static class GeminiContentRules
{
    private const string ThirdFamily = "gemini-3";

    private static readonly FieldRules Content = new("role:t parts:a");
    private static readonly FieldRules Part = new(
        "text:t inlineData:o fileData:o functionCall:o functionResponse:o executableCode:o codeExecutionResult:o thought:b thoughtSignature:t videoMetadata:o mediaResolution:o");

    /// <summary>Of which a part has exactly one.</summary>
    private static readonly string[] Data = ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"];

    private static readonly FieldRules InlineData = new("mimeType:t data:t");
    private static readonly FieldRules FileData = new("mimeType:t fileUri:t");
    private static readonly FieldRules Call = new("id:t name:t args:o");
    private static readonly FieldRules Response = new("id:t name:t response:o willContinue:b scheduling:t parts:a");

    private static readonly string[] MediaTypes = ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif", "application/pdf", "text/plain", "audio/", "video/"];

    public static SimulatedError? System(JsonElement system)
    {
        const string Path = "system_instruction";
        return GeminiRules.Check(Content, system, Path) ?? Parts(system, Path, "", out var parts)
            ?? (parts.All(static part => part.TryGetProperty("text", out _)) ? null : GeminiRules.Invalid(Path, "holds text alone."));
    }

    public static SimulatedError? Turns(JsonElement contents, string model)
    {
        var open = 0;
        for (var index = 0; index < contents.GetArrayLength(); index++)
        {
            var (content, path) = (contents[index], $"contents[{index}]");
            if (GeminiRules.Check(Content, content, path) is { } refusal)
            {
                return refusal;
            }

            var role = content.TryGetProperty("role", out var given) ? given.GetString() : contents.GetArrayLength() == 1 ? "user" : null;
            if (role is not ("user" or "model"))
            {
                return new SimulatedError(400, Message: "Please use a valid role: user, model.");
            }

            // The real one joins neighbours of one role; here they show a translation that did not.
            if (role != (index % 2 == 0 ? "user" : "model"))
            {
                return new SimulatedError(400, Message: "Please ensure that multiturn requests alternate between user and model.");
            }

            if (Parts(content, path, model, out var parts) is { } flaw)
            {
                return flaw;
            }

            var (calls, results) = (Count(parts, "functionCall"), Count(parts, "functionResponse"));
            if ((role == "user" && calls > 0) || (role == "model" && results > 0) || results != open)
            {
                return new SimulatedError(400, Message: "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.");
            }

            open = calls;
        }

        return contents.GetArrayLength() % 2 == 1 ? null
            : new SimulatedError(400, Message: "Please ensure that multiturn requests end with a user role or a function response.");
    }

    private static int Count(IReadOnlyList<JsonElement> parts, string name) => parts.Count(part => part.TryGetProperty(name, out _));

    private static SimulatedError? Parts(JsonElement content, string path, string model, out IReadOnlyList<JsonElement> parts)
    {
        parts = content.TryGetProperty("parts", out var given) ? [.. given.EnumerateArray()] : [];
        if (parts.Count == 0)
        {
            return GeminiRules.Invalid(path + ".parts", "contents.parts must not be empty.");
        }

        var isFirstCall = true;
        for (var index = 0; index < parts.Count; index++)
        {
            var (part, at) = (parts[index], $"{path}.parts[{index}]");
            if ((GeminiRules.Check(Part, part, at) ?? OneDatum(part, at)) is { } flaw)
            {
                return flaw;
            }

            if (isFirstCall && part.TryGetProperty("functionCall", out var call))
            {
                isFirstCall = false;
                if (model.StartsWith(ThirdFamily, StringComparison.Ordinal) && !part.TryGetProperty("thoughtSignature", out _))
                {
                    return new SimulatedError(400, Message: $"Function call is missing a thought_signature in functionCall parts. Function call `{call.GetProperty("name")}`.");
                }
            }
        }

        return null;
    }

    private static SimulatedError? OneDatum(JsonElement part, string path)
    {
        var data = Data.Where(name => part.TryGetProperty(name, out _)).ToArray();
        if (data.Length != 1)
        {
            return GeminiRules.Invalid(path + ".data", "required oneof field 'data' must have one initialized field");
        }

        var datum = part.GetProperty(data[0]);
        return data[0] switch
        {
            "inlineData" => GeminiRules.Check(InlineData, datum, path + ".inline_data") ?? Inline(datum, path),
            "fileData" => GeminiRules.Check(FileData, datum, path + ".file_data") ?? (datum.TryGetProperty("fileUri", out _) ? null : GeminiRules.Invalid(path + ".file_data.file_uri", "must be set")),
            "functionCall" => GeminiRules.Check(Call, datum, path + ".function_call") ?? Named(datum, path + ".function_call"),
            "functionResponse" => GeminiRules.Check(Response, datum, path + ".function_response") ?? Named(datum, path + ".function_response")
                ?? (datum.TryGetProperty("response", out _) ? null : GeminiRules.Invalid(path + ".function_response.response", "must be set")),
            _ => null,
        };
    }

    private static SimulatedError? Named(JsonElement datum, string path) =>
        datum.TryGetProperty("name", out var name) && name.GetString() is { Length: > 0 } ? null : GeminiRules.Invalid(path + ".name", "Name cannot be empty.");

    private static SimulatedError? Inline(JsonElement datum, string path)
    {
        var type = datum.TryGetProperty("mimeType", out var given) ? given.GetString()! : "";
        return !MediaTypes.Any(known => type.StartsWith(known, StringComparison.Ordinal)) ? new SimulatedError(400, Message: $"Unsupported MIME type: {type}")
            : datum.TryGetProperty("data", out var data) && data.TryGetBytesFromBase64(out var bytes) && bytes.Length > 0 ? null
            : new SimulatedError(400, Message: $"Invalid value at '{path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed.");
    }
}
