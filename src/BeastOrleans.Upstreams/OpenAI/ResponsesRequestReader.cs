using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>
/// Reads a request in OpenAI's Responses dialect: one pass, no object model. What it says is judged by
/// <see cref="Translation.ResponsesToChat"/>; whether it is a request at all, here.
/// </summary>
public static partial class ResponsesRequestReader
{
    /// <summary>The deepest nesting taken, in levels: one below chat's, where a tool's schema stands a level deeper.</summary>
    public const int MaxDepth = ChatRequestReader.MaxDepth - 1;

    private const string InputRule = "a string or a non-empty array of items ({\"role\",\"content\"}, function_call, function_call_output, reasoning)";

    private static readonly JsonReaderOptions Options = RequestFields.Options(MaxDepth);

    /// <summary>Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ResponsesRequest? request,
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

            if (ReadProperty(ref reader, ref facts) is { } defect)
            {
                return defect;
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        return facts.HasInput ? null : new RequestDefect($"'input' is required: {InputRule}.", "input");
    }

    private static RequestDefect? ReadProperty(ref Utf8JsonReader reader, ref Facts facts)
    {
        if (reader.ValueTextEquals("input"u8))
        {
            return ReadInput(ref reader, ref facts);
        }

        if (reader.ValueTextEquals("instructions"u8))
        {
            return ReadInstructions(ref reader, ref facts);
        }

        if (reader.ValueTextEquals("model"u8))
        {
            var defect = RequestFields.Text(ref reader, "model", ChatRequestReader.MaxModelLength, out facts.Model);
            facts.ModelToken = RequestFields.Token(ref reader);
            return defect;
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            return RequestFields.Flag(ref reader, "stream", out facts.Stream);
        }

        if (reader.ValueTextEquals("user"u8))
        {
            return RequestFields.Text(ref reader, "user", ChatRequestReader.MaxUserLength, out facts.User);
        }

        if (reader.ValueTextEquals("safety_identifier"u8))
        {
            return RequestFields.Text(ref reader, "safety_identifier", ChatRequestReader.MaxUserLength, out facts.SafetyIdentifier);
        }

        if (reader.ValueTextEquals("max_output_tokens"u8))
        {
            return RequestFields.Count(ref reader, "max_output_tokens", 1, int.MaxValue, ref facts.MaxOutputTokens);
        }

        if (reader.ValueTextEquals("tools"u8))
        {
            return ReadTools(ref reader, ref facts);
        }

        if (reader.ValueTextEquals("text"u8))
        {
            return ReadTextOptions(ref reader, ref facts);
        }

        reader.Skip();
        return null;
    }

    /// <summary>What the pass has found so far.</summary>
    private struct Facts
    {
        public string? Model;
        public (int Start, int Length) ModelToken;
        public int ObjectStart;
        public bool Stream;
        public Capabilities Needs;
        public int? MaxOutputTokens;
        public string? User;
        public string? SafetyIdentifier;
        public bool HasInput;
        public int PromptBytes;

        public readonly ResponsesRequest ToRequest(ReadOnlyMemory<byte> body) => new()
        {
            Body = body,
            Model = string.IsNullOrEmpty(Model) ? null : Model,
            ModelToken = ModelToken,
            ObjectStart = ObjectStart,
            Stream = Stream,
            Needs = Needs,
            MaxOutputTokens = MaxOutputTokens,
            User = User ?? SafetyIdentifier,
            PromptBytes = PromptBytes,
        };
    }
}
