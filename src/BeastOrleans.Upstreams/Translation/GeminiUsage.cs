using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Reads Gemini's <c>usageMetadata</c>.</summary>
internal static class GeminiUsage
{
    /// <summary>
    /// The reader stands on the object's start, and on its end afterwards. Thought is counted beside the candidates there,
    /// and prompts of tools beside the prompt; OpenAI's counts hold both.
    /// </summary>
    public static TokenUsage Read(ref Utf8JsonReader reader)
    {
        long prompt = 0, toolPrompt = 0, cached = 0, candidates = 0, thoughts = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("promptTokenCount"u8))
            {
                prompt = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("toolUsePromptTokenCount"u8))
            {
                toolPrompt = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("cachedContentTokenCount"u8))
            {
                cached = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("candidatesTokenCount"u8))
            {
                candidates = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("thoughtsTokenCount"u8))
            {
                thoughts = UsageJson.Count(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new TokenUsage
        {
            Input = prompt + toolPrompt,
            Output = candidates + thoughts,
            CachedInput = Math.Min(cached, prompt + toolPrompt),
            Reasoning = thoughts,
            Source = UsageSource.Reported,
        };
    }
}
