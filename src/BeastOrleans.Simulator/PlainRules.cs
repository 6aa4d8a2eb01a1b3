using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>What OpenAI refuses of legacy completions and embeddings.</summary>
internal static class PlainRules
{
    private static readonly FieldRules Completions = new(
        "model:t prompt:ta best_of:n? echo:b? frequency_penalty:n? logit_bias:o? logprobs:n? max_tokens:n? n:n? presence_penalty:n? seed:n? "
        + "stop:ta? stream:b? stream_options:o? suffix:t? temperature:n? top_p:n? user:t");

    private static readonly FieldRules Embeddings = new("model:t input:ta encoding_format:t dimensions:n user:t");

    public static SimulatedError? CompletionsRefusal(RequestDetail? detail) => detail is null ? null : OpenAIRules.Check(Completions, detail.Root, "");

    public static SimulatedError? EmbeddingsRefusal(RequestDetail? detail)
    {
        if (detail is null)
        {
            return null;
        }

        if (OpenAIRules.Check(Embeddings, detail.Root, "") is { } refusal)
        {
            return refusal;
        }

        if (detail.Root.TryGetProperty("encoding_format", out var format) && !format.ValueEquals("float") && !format.ValueEquals("base64"))
        {
            return OpenAIRules.Invalid("encoding_format", "supported values are 'float' and 'base64'");
        }

        if (detail.Root.TryGetProperty("dimensions", out var dimensions) && !(dimensions.TryGetInt32(out var count) && count is >= 1 and <= EmbeddingsResponses.MaxDimensions))
        {
            return OpenAIRules.Invalid("dimensions", "out of range");
        }

        var input = detail.Root.GetProperty("input");
        return input.ValueKind == JsonValueKind.Array && input.GetArrayLength() == 0 ? OpenAIRules.Invalid("input", "must not be empty") : null;
    }
}
