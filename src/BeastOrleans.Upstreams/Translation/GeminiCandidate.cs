using System.Buffers;
using System.Text.Json;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>One answer of Gemini's, whole or as far as one event of a stream brings it. Used again for the next event.</summary>
internal sealed class GeminiCandidate
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly ArrayBufferWriter<byte> _thought = new();
    private readonly List<GeminiCall> _calls = [];

    public int Index { get; private set; }

    /// <summary>All texts, as what stands between the quotes of a JSON string: escapes mean the same in both dialects.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    public ReadOnlySpan<byte> Thought => _thought.WrittenSpan;

    public IReadOnlyList<GeminiCall> Calls => _calls;

    /// <summary>Gemini's word; null while the answer goes on.</summary>
    public string? FinishReason { get; private set; }

    public int Characters { get; private set; }

    public bool HasContent => _text.WrittenCount > 0 || _thought.WrittenCount > 0 || _calls.Count > 0;

    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    /// <param name="reader">Over <paramref name="data"/>.</param>
    /// <param name="data">The whole event.</param>
    /// <param name="place">Among the candidates: the index where none is given.</param>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, int place)
    {
        _text.ResetWrittenCount();
        _thought.ResetWrittenCount();
        _calls.Clear();
        Index = place;
        FinishReason = null;
        Characters = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var isReason = reader.ValueTextEquals("finishReason"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isContent && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadContent(ref reader, data);
                continue;
            }

            if (isReason && reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals("FINISH_REASON_UNSPECIFIED"u8))
            {
                FinishReason = reader.GetString();
            }
            else if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0)
            {
                Index = index;
            }

            reader.Skip();
        }
    }

    private void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isParts = reader.ValueTextEquals("parts"u8);
            reader.Read();
            if (!isParts || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadPart(ref reader, data);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void ReadPart(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> text = default;
        var characters = 0;
        var isThought = false;
        string? signature = null;
        GeminiCall? call = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("text"u8);
            var isCall = reader.ValueTextEquals("functionCall"u8);
            var isMark = reader.ValueTextEquals("thought"u8);
            var isSignature = reader.ValueTextEquals("thoughtSignature"u8);
            reader.Read();
            if (isText && reader.TokenType == JsonTokenType.String)
            {
                text = reader.ValueSpan;
                characters = JsonText.CountCharacters(ref reader);
            }
            else if (isCall && reader.TokenType == JsonTokenType.StartObject)
            {
                call = GeminiCall.Read(ref reader, data);
                continue;
            }
            else if (isSignature && reader.TokenType == JsonTokenType.String)
            {
                signature = reader.GetString();
            }

            isThought |= isMark && reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        (isThought ? _thought : _text).Write(text);
        Characters += characters;
        if (call is not null)
        {
            _calls.Add(call with { Signature = signature });
            Characters += call.Name.Length + call.Arguments.Length;
        }
    }
}

/// <summary>A call that Gemini makes: it comes whole.</summary>
internal sealed record GeminiCall
{
    /// <summary>Null from models that give none.</summary>
    public string? Id { get; private init; }

    public string Name { get; private init; } = "";

    /// <summary>A JSON object as text.</summary>
    public string Arguments { get; private init; } = "{}";

    /// <summary>What the model wants back with the call.</summary>
    public string? Signature { get; init; }

    public static GeminiCall Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var call = new GeminiCall();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            var isName = reader.ValueTextEquals("name"u8);
            var isArguments = reader.ValueTextEquals("args"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.String)
            {
                call = isId ? call with { Id = reader.GetString() } : isName ? call with { Name = reader.GetString()! } : call;
            }

            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            if (isArguments && isObject)
            {
                call = call with { Arguments = System.Text.Encoding.UTF8.GetString(data[start..(int)reader.BytesConsumed]) };
            }
        }

        return call;
    }
}
