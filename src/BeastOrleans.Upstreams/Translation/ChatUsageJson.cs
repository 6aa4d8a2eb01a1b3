using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Writes usage as OpenAI does, in whole answers and in streams alike.</summary>
internal static class ChatUsageJson
{
    /// <summary>The member <c>usage</c>, name included. Details that are not given are left out, but for the cached tokens.</summary>
    public static void Write(Utf8JsonWriter writer, in TokenUsage usage)
    {
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", usage.Input);
        writer.WriteNumber("completion_tokens", usage.Output);
        writer.WriteNumber("total_tokens", usage.Input + usage.Output);
        writer.WriteStartObject("prompt_tokens_details");
        writer.WriteNumber("cached_tokens", usage.CachedInput);
        if (usage.CacheWrite > 0)
        {
            writer.WriteNumber("cache_write_tokens", usage.CacheWrite);
        }

        writer.WriteEndObject();
        if (usage.Reasoning > 0)
        {
            writer.WriteStartObject("completion_tokens_details");
            writer.WriteNumber("reasoning_tokens", usage.Reasoning);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
