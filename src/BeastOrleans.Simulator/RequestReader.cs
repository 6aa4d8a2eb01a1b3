using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>Reads a body once, in place: no copy, no document.</summary>
internal static class RequestReader
{
    /// <summary>The whole body, still inside the pipe: the caller advances to its end.</summary>
    public static async ValueTask<ReadOnlySequence<byte>> ReadBodyAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.IsCompleted || result.IsCanceled)
            {
                return result.Buffer;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    public static IncomingRequest Parse(in ReadOnlySequence<byte> body, ModelCatalog models)
    {
        var request = default(IncomingRequest);
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return request;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadField(ref reader, ref request, models);
            }

            request.IsJson = !reader.Read();
        }
        catch (JsonException)
        {
            request.IsJson = false;
        }

        return request;
    }

    private static void ReadField(ref Utf8JsonReader reader, ref IncomingRequest request, ModelCatalog models)
    {
        if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            request.Model = reader.TokenType == JsonTokenType.String ? FindModel(ref reader, models) : null;
        }
        else if (reader.ValueTextEquals("stream"u8))
        {
            reader.Read();
            request.Stream = reader.TokenType == JsonTokenType.True;
        }
        else if (reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("max_completion_tokens"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var maxTokens))
            {
                request.MaxTokens = maxTokens;
            }
        }
        else if (reader.ValueTextEquals("messages"u8) || reader.ValueTextEquals("contents"u8))
        {
            reader.Read();
            request.HasMessages = reader.TokenType == JsonTokenType.StartArray;
            request.PromptWords += CountWords(ref reader);
        }
        else if (reader.ValueTextEquals("system"u8) || reader.ValueTextEquals("systemInstruction"u8))
        {
            reader.Read();
            request.PromptWords += CountWords(ref reader);
        }
        else if (reader.ValueTextEquals("user"u8))
        {
            reader.Read();
            request.User = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        else if (reader.ValueTextEquals("stream_options"u8))
        {
            reader.Read();
            request.HasStreamOptions = reader.TokenType != JsonTokenType.Null;
            request.IncludeUsage = ReadIncludeUsage(ref reader);
        }
        else if (reader.ValueTextEquals("prompt"u8) || reader.ValueTextEquals("input"u8))
        {
            reader.Read();
            request.HasPrompt = reader.TokenType is JsonTokenType.String or JsonTokenType.StartArray;
            request.AsksForMore = true;
            request.PromptWords += CountTexts(ref reader);
        }
        else
        {
            request.AsksForMore |= AsksForMore(ref reader);
            reader.Read();
        }

        // Whatever the field was, the reader now stands on its value's first or last token.
        reader.TrySkip();
    }

    private static bool AsksForMore(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("tools"u8) || reader.ValueTextEquals("response_format"u8) || reader.ValueTextEquals("output_config"u8)
        || reader.ValueTextEquals("output_format"u8) || reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("reasoning_effort"u8)
        || reader.ValueTextEquals("stop"u8) || reader.ValueTextEquals("stop_sequences"u8) || reader.ValueTextEquals("n"u8);

    /// <summary>A text, or an array of them (token ids count one each).</summary>
    private static int CountTexts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return CountWords(ref reader);
        }

        var words = 0;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            words += reader.TokenType switch
            {
                JsonTokenType.String => Words(ref reader),
                JsonTokenType.Number => 1,
                _ => 0,
            };
        }

        return words;
    }

    private static ModelCard FindModel(ref Utf8JsonReader reader, ModelCatalog models)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            return models.Find(reader.ValueSpan);
        }

        var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length > SimulatorLimits.MaxModelNameChars)
        {
            return models.Nameless;
        }

        Span<byte> name = stackalloc byte[SimulatorLimits.MaxModelNameChars];
        return models.Find(name[..reader.CopyString(name)]);
    }

    private static bool ReadIncludeUsage(ref Utf8JsonReader reader)
    {
        var included = false;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return included;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIncludeUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            included |= isIncludeUsage && reader.TokenType == JsonTokenType.True;
            reader.TrySkip();
        }

        return included;
    }

    private static int CountWords(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return Words(ref reader);
        }

        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return 0;
        }

        var words = 0;
        var depth = reader.CurrentDepth;
        var isText = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isText = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("text"u8);
            }
            else if (reader.TokenType == JsonTokenType.String && isText)
            {
                words += Words(ref reader);
            }
        }

        return words;
    }

    private static int Words(ref Utf8JsonReader reader)
    {
        if (!reader.HasValueSequence)
        {
            return reader.ValueSpan.IsEmpty ? 0 : reader.ValueSpan.Count((byte)' ') + 1;
        }

        var blanks = 0;
        foreach (var part in reader.ValueSequence)
        {
            blanks += part.Span.Count((byte)' ');
        }

        return blanks + 1;
    }
}
