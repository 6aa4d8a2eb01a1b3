using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Reads a legacy completions request: one pass, no copy.</summary>
public static class CompletionsRequestReader
{
    /// <summary>The most prompts in one request.</summary>
    public const int MaxPrompts = 2048;

    private static readonly JsonReaderOptions Options = RequestFields.Options(ChatRequestReader.MaxDepth);

    /// <summary>Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out CompletionsRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect)
    {
        request = null;
        if (!JsonText.IsWellFormed(body.Span))
        {
            defect = RequestFields.NotUtf8;
            return false;
        }

        var facts = default(Facts);
        try
        {
            Span<(int, int, bool)> names = stackalloc (int, int, bool)[PropertyNames.MaxCount];
            defect = Read(body.Span, new PropertyNames(body.Span, names), ref facts);
        }
        catch (JsonException exception)
        {
            defect = RequestFields.NotJson(exception, ChatRequestReader.MaxDepth);
        }

        request = defect is null ? facts.ToRequest(body) : null;
        return defect is null;
    }

    private static RequestDefect? Read(ReadOnlySpan<byte> body, PropertyNames names, ref Facts facts)
    {
        var reader = new Utf8JsonReader(body, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return RequestFields.NotAnObject;
        }

        facts.ObjectStart = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(ref reader, out var problem))
            {
                return new RequestDefect(problem!, null);
            }

            if (ReadProperty(ref reader, body, ref facts) is { } defect)
            {
                return defect;
            }
        }

        reader.Read();
        return facts.Prompts > 0 ? null : new RequestDefect("'prompt' is required: a string, or an array of strings or tokens.", "prompt");
    }

    private static RequestDefect? ReadProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Facts facts)
    {
        if (reader.ValueTextEquals("prompt"u8))
        {
            var defect = PromptReader.Read(ref reader, "prompt", MaxPrompts, out facts.Prompts, out var bytes);
            facts.PromptBytes += bytes;
            return defect;
        }

        if (reader.ValueTextEquals("model"u8))
        {
            var defect = RequestFields.Text(ref reader, "model", ChatRequestReader.MaxModelLength, out facts.Model);
            facts.ModelToken = RequestFields.Token(ref reader);
            return defect;
        }

        if (reader.ValueTextEquals("suffix"u8))
        {
            var defect = RequestFields.Text(ref reader, "suffix", body.Length, out var suffix);
            facts.PromptBytes += suffix is null ? 0 : RequestFields.Token(ref reader).Length;
            return defect;
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            return RequestFields.Flag(ref reader, "stream", out facts.Stream);
        }

        if (reader.ValueTextEquals("stream_options"u8))
        {
            return ReadStreamOptions(ref reader, body, ref facts);
        }

        if (reader.ValueTextEquals("user"u8))
        {
            return RequestFields.Text(ref reader, "user", ChatRequestReader.MaxUserLength, out facts.User);
        }

        if (reader.ValueTextEquals("max_tokens"u8))
        {
            return RequestFields.Count(ref reader, "max_tokens", 0, int.MaxValue, ref facts.MaxOutputTokens);
        }

        if (reader.ValueTextEquals("n"u8))
        {
            return RequestFields.Count(ref reader, "n", 1, ChatRequestReader.MaxChoices, ref facts.Choices);
        }

        if (reader.ValueTextEquals("best_of"u8))
        {
            return RequestFields.Count(ref reader, "best_of", 1, ChatRequestReader.MaxChoices, ref facts.BestOf);
        }

        reader.Skip();
        return null;
    }

    private static RequestDefect? ReadStreamOptions(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Facts facts)
    {
        var nameStart = (int)reader.TokenStartIndex;
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
        {
            return RequestFields.Must("stream_options", "an object");
        }

        var isObject = reader.TokenType == JsonTokenType.StartObject;
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("include_usage"u8))
            {
                reader.Skip();
            }
            else if (RequestFields.Flag(ref reader, "stream_options.include_usage", out facts.IncludeUsage) is { } defect)
            {
                return defect;
            }
        }

        var end = (int)reader.BytesConsumed;
        facts.StreamOptionsToken = (start, end - start);
        facts.StreamOptionsMember = RequestFields.WithComma(body, nameStart, end);
        return null;
    }

    private struct Facts
    {
        public string? Model;
        public (int Start, int Length) ModelToken;
        public (int Start, int Length) StreamOptionsToken;
        public (int Start, int Length) StreamOptionsMember;
        public int ObjectStart;
        public bool Stream;
        public bool IncludeUsage;
        public int? MaxOutputTokens;
        public int? Choices;
        public int? BestOf;
        public int Prompts;
        public string? User;
        public int PromptBytes;

        public readonly CompletionsRequest ToRequest(ReadOnlyMemory<byte> body) => new()
        {
            Body = body,
            Model = string.IsNullOrEmpty(Model) ? null : Model,
            ModelToken = ModelToken,
            StreamOptionsToken = StreamOptionsToken,
            StreamOptionsMember = StreamOptionsMember,
            ObjectStart = ObjectStart,
            Stream = Stream,
            IncludeUsage = IncludeUsage,
            MaxOutputTokens = MaxOutputTokens,
            Choices = Prompts * Math.Max(Choices ?? 1, BestOf ?? 1),
            User = User,
            PromptBytes = PromptBytes,
        };
    }
}
