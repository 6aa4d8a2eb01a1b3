using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Reads an embeddings request: one pass, no copy.</summary>
public static class EmbeddingsRequestReader
{
    /// <summary>The most texts in one request, as OpenAI has it.</summary>
    public const int MaxInputs = 2048;

    private const int MaxDimensions = 65_536;

    private static readonly JsonReaderOptions Options = RequestFields.Options(ChatRequestReader.MaxDepth);

    /// <summary>Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out EmbeddingsRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect)
    {
        request = null;
        if (!JsonText.IsWellFormed(body.Span))
        {
            defect = RequestFields.NotUtf8;
            return false;
        }

        try
        {
            Span<(int, int, bool)> names = stackalloc (int, int, bool)[PropertyNames.MaxCount];
            defect = Read(body, new PropertyNames(body.Span, names), out request);
        }
        catch (JsonException exception)
        {
            defect = RequestFields.NotJson(exception, ChatRequestReader.MaxDepth);
        }

        return defect is null;
    }

    private static RequestDefect? Read(ReadOnlyMemory<byte> body, PropertyNames names, out EmbeddingsRequest? request)
    {
        request = null;
        var reader = new Utf8JsonReader(body.Span, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return RequestFields.NotAnObject;
        }

        var objectStart = (int)reader.BytesConsumed;
        string? model = null, user = null, format = null;
        (int, int) modelToken = default;
        int? dimensions = null;
        int inputs = 0, bytes = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(ref reader, out var problem))
            {
                return new RequestDefect(problem!, null);
            }

            RequestDefect? defect = null;
            if (reader.ValueTextEquals("input"u8))
            {
                defect = PromptReader.Read(ref reader, "input", MaxInputs, out inputs, out bytes);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                defect = RequestFields.Text(ref reader, "model", ChatRequestReader.MaxModelLength, out model);
                modelToken = RequestFields.Token(ref reader);
            }
            else if (reader.ValueTextEquals("user"u8))
            {
                defect = RequestFields.Text(ref reader, "user", ChatRequestReader.MaxUserLength, out user);
            }
            else if (reader.ValueTextEquals("dimensions"u8))
            {
                defect = RequestFields.Count(ref reader, "dimensions", 1, MaxDimensions, ref dimensions);
            }
            else if (reader.ValueTextEquals("encoding_format"u8))
            {
                var wrong = RequestFields.Text(ref reader, "encoding_format", 16, out format) is not null;
                defect = wrong || format is not (null or "float" or "base64") ? RequestFields.Must("encoding_format", "float or base64") : null;
            }
            else
            {
                reader.Skip();
            }

            if (defect is not null)
            {
                return defect;
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        if (inputs == 0)
        {
            return new RequestDefect("'input' is required: a string, or an array of strings or tokens.", "input");
        }

        request = new EmbeddingsRequest
        {
            Body = body,
            Model = string.IsNullOrEmpty(model) ? null : model,
            ModelToken = modelToken,
            ObjectStart = objectStart,
            Inputs = inputs,
            IsBase64 = format == "base64",
            Dimensions = dimensions,
            User = user,
            PromptBytes = bytes,
        };
        return null;
    }
}
