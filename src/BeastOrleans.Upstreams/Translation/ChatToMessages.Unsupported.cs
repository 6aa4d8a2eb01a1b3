using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>What of a chat request this translation cannot say. Said aloud: a dropped tool or schema is a wrong answer that looks right.</summary>
internal static partial class ChatToMessages
{
    /// <summary>The first such thing as a sentence; null when all can be said.</summary>
    public static string? FindUnsupported(ChatRequest request, JsonElement root)
    {
        if (request.Needs.HasFlag(Capabilities.Tools))
        {
            return Cannot(root.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array ? "tools" : "functions");
        }

        if (request.Needs.HasFlag(Capabilities.Vision))
        {
            return Cannot("image_url");
        }

        if (request.Choices > 1)
        {
            return Cannot("n");
        }

        if (root.TryGetProperty("response_format", out var format) && format.ValueKind == JsonValueKind.Object
            && format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && !type.ValueEquals("text"u8))
        {
            return Cannot("response_format");
        }

        if (root.TryGetProperty("logprobs", out var logprobs) && logprobs.ValueKind == JsonValueKind.True)
        {
            return Cannot("logprobs");
        }

        return FindUnsupportedStop(root) ?? FindUnsupportedMessage(root.GetProperty("messages"));
    }

    /// <summary>Anthropic refuses stop sequences of nothing but white space, OpenAI takes them.</summary>
    private static string? FindUnsupportedStop(JsonElement root)
    {
        if (!root.TryGetProperty("stop", out var stop) || stop.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (stop.ValueKind == JsonValueKind.String)
        {
            return IsBlank(stop) ? Cannot("stop") : null;
        }

        if (stop.ValueKind != JsonValueKind.Array)
        {
            return Cannot("stop");
        }

        foreach (var sequence in stop.EnumerateArray())
        {
            if (sequence.ValueKind != JsonValueKind.String || IsBlank(sequence))
            {
                return Cannot("stop");
            }
        }

        return null;
    }

    private static string? FindUnsupportedMessage(JsonElement messages)
    {
        var index = 0;
        var hasTurn = false;
        foreach (var message in messages.EnumerateArray())
        {
            var role = message.GetProperty("role").GetString();
            if (role is not ("system" or "developer" or "user" or "assistant"))
            {
                return Cannot($"messages[{index}].role={role}");
            }

            if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0)
            {
                return Cannot($"messages[{index}].tool_calls");
            }

            if (message.TryGetProperty("content", out var content) && FindUnsupportedPart(content) is { } part)
            {
                return Cannot($"messages[{index}].content: {part}");
            }

            hasTurn |= role is "user" or "assistant" && HasText(message);
            index++;
        }

        return hasTurn ? null : "An Anthropic endpoint needs a message of role user with text in it.";
    }

    private static string? FindUnsupportedPart(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var part in content.EnumerateArray())
        {
            var type = part.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : "";
            if (type is not ("text" or "input_text" or "refusal"))
            {
                return type is { Length: > 0 and <= 64 } ? type : "a part without a type";
            }
        }

        return null;
    }

    private static bool IsBlank(JsonElement text) => string.IsNullOrWhiteSpace(text.GetString());

    private static string Cannot(string field) => $"'{field}' cannot be sent to an Anthropic endpoint yet.";
}
