using System.Buffers;
using System.Text.Json;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// The text of one answer, kept so that its tokens can be counted at its end: only of endpoints that tell no usage, bounded,
/// in a pooled buffer.
/// </summary>
internal sealed class AnswerText : IDisposable
{
    /// <summary>Characters kept; what comes after counts as the beginning did.</summary>
    public const int MaxLength = 64 * 1024;

    private char[] _buffer = ArrayPool<char>.Shared.Rent(4096);
    private int _length;

    public ReadOnlySpan<char> Text => _buffer.AsSpan(0, _length);

    /// <summary>Takes the texts of a chat completion or chunk, or of their legacy forms. What is no JSON adds nothing.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var isText = false;
        try
        {
            while (_length < MaxLength && reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    isText = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("reasoning_content"u8)
                        || reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("text"u8);
                }
                else if (isText && reader.TokenType == JsonTokenType.String)
                {
                    Append(ref reader);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair, or no JSON: the streams' readers have judged it already, an estimate needs no second judgement.
        }
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0)
        {
            // Another tenant's request gets it next.
            ArrayPool<char>.Shared.Return(buffer, clearArray: true);
        }
    }

    private void Append(ref Utf8JsonReader reader)
    {
        // Decoded text is never longer in characters than in bytes.
        var needed = _length + reader.ValueSpan.Length;
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
            Text.CopyTo(larger);
            ArrayPool<char>.Shared.Return(_buffer, clearArray: true);
            _buffer = larger;
        }

        _length = Math.Min(MaxLength, _length + reader.CopyString(_buffer.AsSpan(_length)));
    }
}
