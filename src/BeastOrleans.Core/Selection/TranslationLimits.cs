using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>
/// What a request in OpenAI's dialect can ask of an endpoint of another dialect. Known before the call, so that a
/// candidate that could only refuse is left out of the plan instead of costing an attempt.
/// </summary>
internal static class TranslationLimits
{
    private const Capabilities Translated = Capabilities.Tools | Capabilities.Vision | Capabilities.JsonSchema;

    /// <param name="dialect">The endpoint's.</param>
    /// <param name="declared">Null = not declared: assumed to have what a request needs, as far as the translation goes.</param>
    public static Capabilities? Within(Dialect dialect, Capabilities? declared) => dialect switch
    {
        // Embeddings are not translated.
        Dialect.Anthropic or Dialect.Gemini => (declared ?? Translated) & Translated,
        _ => declared,
    };
}
