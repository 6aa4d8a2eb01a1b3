using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Reads a chat request in OpenAI's dialect: one pass, no copy, no object but the request and its two names.</summary>
public static partial class ChatRequestReader
{
    /// <summary>The deepest nesting taken, in levels.</summary>
    public const int MaxDepth = 64;

    /// <summary>The longest model name taken, in characters.</summary>
    public const int MaxModelLength = 512;

    /// <summary>The longest <c>user</c> taken, in characters.</summary>
    public const int MaxUserLength = 1024;

    /// <summary>The most answers (<c>n</c>) that one request may ask for.</summary>
    public const int MaxChoices = 128;

    private static readonly JsonReaderOptions Options = RequestFields.Options(MaxDepth);

    /// <summary>Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ChatRequest? request,
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
            defect = RequestFields.NotJson(exception, MaxDepth);
        }

        if (defect is not null)
        {
            return false;
        }

        request = facts.ToRequest(body);
        return true;
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

        facts.NameBits = names.Bits;

        // Anything but white space behind the object throws.
        reader.Read();
        return facts.HasMessages
            ? null
            : new RequestDefect("'messages' is required: a non-empty array of {\"role\",\"content\"} objects.", "messages");
    }

    private static RequestDefect? ReadProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Facts facts)
    {
        if (reader.ValueTextEquals("messages"u8))
        {
            return ReadMessages(ref reader, ref facts);
        }

        if (reader.ValueTextEquals("model"u8))
        {
            var defect = RequestFields.Text(ref reader, "model", MaxModelLength, out facts.Model);
            facts.ModelToken = RequestFields.Token(ref reader);
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
            return RequestFields.Text(ref reader, "user", MaxUserLength, out facts.User);
        }

        if (reader.ValueTextEquals("max_tokens"u8))
        {
            return ReadCount(ref reader, "max_tokens", int.MaxValue, ref facts.MaxOutputTokens);
        }

        if (reader.ValueTextEquals("max_completion_tokens"u8))
        {
            return ReadCount(ref reader, "max_completion_tokens", int.MaxValue, ref facts.MaxOutputTokens);
        }

        if (reader.ValueTextEquals("n"u8))
        {
            return ReadCount(ref reader, "n", MaxChoices, ref facts.Choices);
        }

        if (reader.ValueTextEquals("tools"u8))
        {
            return ReadToolList(ref reader, "tools", ref facts);
        }

        if (reader.ValueTextEquals("functions"u8))
        {
            return ReadToolList(ref reader, "functions", ref facts);
        }

        if (reader.ValueTextEquals("response_format"u8))
        {
            return ReadResponseFormat(ref reader, ref facts);
        }

        reader.Skip();
        return null;
    }

    /// <summary>What the pass has found so far.</summary>
    private struct Facts
    {
        public string? Model;
        public (int Start, int Length) ModelToken;
        public (int Start, int Length) StreamOptionsToken;
        public (int Start, int Length) StreamOptionsMember;
        public ulong NameBits;
        public int ObjectStart;
        public bool Stream;
        public bool IncludeUsage;
        public Capabilities Needs;
        public int? MaxOutputTokens;
        public int? Choices;
        public string? User;
        public bool HasMessages;
        public int PromptBytes;

        public readonly ChatRequest ToRequest(ReadOnlyMemory<byte> body) => new()
        {
            Body = body,
            Model = string.IsNullOrEmpty(Model) ? null : Model,
            ModelToken = ModelToken,
            StreamOptionsToken = StreamOptionsToken,
            StreamOptionsMember = StreamOptionsMember,
            NameBits = NameBits,
            ObjectStart = ObjectStart,
            Stream = Stream,
            IncludeUsage = IncludeUsage,
            Needs = Needs,
            MaxOutputTokens = MaxOutputTokens,
            Choices = Choices ?? 1,
            User = User,
            PromptBytes = PromptBytes,
        };
    }
}
