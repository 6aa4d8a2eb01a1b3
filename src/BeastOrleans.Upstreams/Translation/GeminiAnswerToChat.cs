using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Says Gemini's answers as OpenAI's: a whole one, or a stream's events, each as one chunk. Into one buffer that is used
/// again: what was written is valid until the next.
/// </summary>
/// <param name="createdSeconds">Unix time: Gemini gives none.</param>
/// <param name="model">Named where the answer names none.</param>
/// <param name="fallbackId">Stands for the answer's id where it has none; unique.</param>
internal sealed class GeminiAnswerToChat(long createdSeconds, string model, string fallbackId)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);

    /// <summary>How many calls each candidate has made so far; a candidate is here once it has spoken.</summary>
    private readonly Dictionary<int, int> _calls = [];
    private byte[] _head = [];

    /// <summary>A whole completion; null when there is none in it, or a broken one.</summary>
    public ReadOnlyMemory<byte>? Whole(GeminiAnswer answer)
    {
        if (answer.Candidates.IsEmpty)
        {
            return null;
        }

        Begin(answer, "chat.completion");
        foreach (var candidate in answer.Candidates)
        {
            if (candidate.FinishReason is null || ChatToGemini.FinishReason(candidate.FinishReason, candidate.Calls.Count > 0) is not { } reason)
            {
                return null;
            }

            BeginChoice(candidate, "message"u8);
            _buffer.Write("\"role\":\"assistant\",\"content\":"u8);
            if (candidate.Text.IsEmpty && candidate.Calls.Count > 0)
            {
                _buffer.Write("null"u8);
            }
            else
            {
                WriteQuoted(candidate.Text);
            }

            _buffer.Write(",\"refusal\":null"u8);
            if (!candidate.Thought.IsEmpty)
            {
                _buffer.Write(",\"reasoning_content\":"u8);
                WriteQuoted(candidate.Thought);
            }

            WriteCalls(answer, candidate, ","u8, withIndex: false);
            EndChoice(reason);
        }

        _buffer.Write("],"u8);
        WriteUsage(answer);
        _buffer.Write("}"u8);
        return _buffer.WrittenMemory;
    }

    /// <summary>A chunk of what the event brings; empty when that is nothing. No reason of it may be a broken one.</summary>
    public ReadOnlyMemory<byte> Chunk(GeminiAnswer answer)
    {
        Begin(answer, "chat.completion.chunk");
        var any = false;
        foreach (var candidate in answer.Candidates)
        {
            var isNew = _calls.TryAdd(candidate.Index, 0);
            if (!isNew && !candidate.HasContent && candidate.FinishReason is null)
            {
                continue;
            }

            if (any)
            {
                _buffer.Write(","u8);
            }

            any = true;
            BeginChoice(candidate, "delta"u8, first: true);
            var separator = WriteMember(isNew, "\"role\":\"assistant\",\"content\":"u8, candidate.Text, default);
            separator = WriteMember(!isNew && !candidate.Text.IsEmpty, "\"content\":"u8, candidate.Text, separator);
            separator = WriteMember(!candidate.Thought.IsEmpty, "\"reasoning_content\":"u8, candidate.Thought, separator);
            WriteCalls(answer, candidate, separator, withIndex: true);
            var hasCalls = _calls[candidate.Index] > 0;
            EndChoice(candidate.FinishReason is null ? null : ChatToGemini.FinishReason(candidate.FinishReason, hasCalls));
        }

        _buffer.Write("]}"u8);
        return any ? _buffer.WrittenMemory : default;
    }

    /// <summary>The chunk of usage alone, with no choices.</summary>
    public ReadOnlyMemory<byte> Usage(GeminiAnswer answer)
    {
        Begin(answer, "chat.completion.chunk");
        _buffer.Write("],"u8);
        WriteUsage(answer);
        _buffer.Write("}"u8);
        return _buffer.WrittenMemory;
    }

    /// <summary>Everything up to the choices, made once for each stream.</summary>
    private void Begin(GeminiAnswer answer, string kind)
    {
        _buffer.ResetWrittenCount();
        if (_head.Length == 0)
        {
            using (var writer = new Utf8JsonWriter(_buffer))
            {
                writer.WriteStartObject();
                writer.WriteString("id", "chatcmpl-" + (answer.Id ?? fallbackId));
                writer.WriteString("object", kind);
                writer.WriteNumber("created", createdSeconds);
                writer.WriteString("model", string.IsNullOrEmpty(answer.Model) ? model : answer.Model);
                writer.WriteStartArray("choices");
            }

            _head = _buffer.WrittenSpan.ToArray();
            return;
        }

        _buffer.Write(_head);
    }

    private void BeginChoice(GeminiCandidate candidate, ReadOnlySpan<byte> content, bool first = false)
    {
        if (!first && _buffer.WrittenSpan[^1] == (byte)'}')
        {
            _buffer.Write(","u8);
        }

        _buffer.Write("{\"index\":"u8);
        WriteNumber(candidate.Index);
        _buffer.Write(",\""u8);
        _buffer.Write(content);
        _buffer.Write("\":{"u8);
    }

    private void EndChoice(string? finishReason)
    {
        _buffer.Write("},\"logprobs\":null,\"finish_reason\":"u8);
        if (finishReason is null)
        {
            _buffer.Write("null"u8);
        }
        else
        {
            WriteText(finishReason);
        }

        _buffer.Write("}"u8);
    }

    /// <returns>What separates the next member.</returns>
    private ReadOnlySpan<byte> WriteMember(bool isGiven, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> separator)
    {
        if (!isGiven)
        {
            return separator;
        }

        _buffer.Write(separator);
        _buffer.Write(name);
        WriteQuoted(value);
        return ","u8;
    }

    private void WriteCalls(GeminiAnswer answer, GeminiCandidate candidate, ReadOnlySpan<byte> separator, bool withIndex)
    {
        if (candidate.Calls.Count == 0)
        {
            return;
        }

        var made = _calls.GetValueOrDefault(candidate.Index);
        _buffer.Write(separator);
        _buffer.Write("\"tool_calls\":["u8);
        for (var at = 0; at < candidate.Calls.Count; at++, made++)
        {
            _buffer.Write(at > 0 ? ",{"u8 : "{"u8);
            if (withIndex)
            {
                _buffer.Write("\"index\":"u8);
                WriteNumber(made);
                _buffer.Write(","u8);
            }

            WriteCall(answer, candidate, candidate.Calls[at], made);
        }

        _buffer.Write("]"u8);
        _calls[candidate.Index] = made;
    }

    private void WriteCall(GeminiAnswer answer, GeminiCandidate candidate, GeminiCall call, int number)
    {
        // An id of our making must not come again in a later answer: clients keep results by it.
        _buffer.Write("\"id\":"u8);
        WriteText(string.IsNullOrEmpty(call.Id) ? $"call_{answer.Id ?? fallbackId}_{candidate.Index}_{number}" : call.Id);
        _buffer.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
        WriteText(call.Name);
        _buffer.Write(",\"arguments\":"u8);
        WriteText(call.Arguments);
        _buffer.Write("}"u8);
        if (!string.IsNullOrEmpty(call.Signature))
        {
            // Where Google's own OpenAI-compatible answers hold it.
            _buffer.Write(",\"extra_content\":{\"google\":{\"thought_signature\":"u8);
            WriteText(call.Signature);
            _buffer.Write("}}"u8);
        }

        _buffer.Write("}"u8);
    }

    private void WriteUsage(GeminiAnswer answer)
    {
        var member = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(member))
        {
            writer.WriteStartObject();
            ChatUsageJson.Write(writer, answer.Usage);
            writer.WriteEndObject();
        }

        // The member without the braces around it.
        _buffer.Write(member.WrittenSpan[1..^1]);
    }

    private void WriteQuoted(ReadOnlySpan<byte> inner)
    {
        _buffer.Write("\""u8);
        _buffer.Write(inner);
        _buffer.Write("\""u8);
    }

    private void WriteText(string text) => WriteQuoted(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);

    private void WriteNumber(int number)
    {
        Utf8Formatter.TryFormat(number, _buffer.GetSpan(11), out var written);
        _buffer.Advance(written);
    }
}
