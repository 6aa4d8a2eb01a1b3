using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>One answer's content and usage, before a dialect gives it a shape.</summary>
internal sealed class Answer
{
    private static readonly byte[] Padding = Encoding.ASCII.GetBytes(new string('x', 16 * 1024));

    private readonly int _hugeBytes;
    private readonly bool _invalidUtf8;
    private readonly byte[][]? _words;

    public Answer(long number, long createdUnixSeconds, Dialect dialect, in IncomingRequest request, SimulatorBehavior behavior, int defaultTokens)
    {
        Number = number;
        CreatedUnixSeconds = createdUnixSeconds;
        Model = request.Model!;
        Detail = request.Detail;
        Choices = request.Detail?.Choices ?? 1;
        EventsPerCall = dialect.EventsPerCall;
        _words = request.Detail?.Text is { } text ? WordsOf(text) : null;
        var wanted = Calls.Count > 0 ? 0 : _words?.Length ?? behavior.Tokens ?? defaultTokens;
        if (FirstStop(wanted) is { } stopped)
        {
            (_words, StopSequence) = stopped;
            wanted = _words.Length;
        }

        var maxTokens = request.MaxTokens ?? request.Detail?.MaxTokens ?? wanted;
        ContentTokens = Math.Min(wanted, Math.Max(maxTokens, 0));
        CutByLength = ContentTokens < wanted;
        StopSequence = CutByLength ? null : StopSequence;
        ReasoningTokens = behavior.ReasoningTokens ?? request.Detail?.ReasoningTokens ?? 0;
        PromptTokens = behavior.PromptTokens ?? request.PromptWords;
        CachedTokens = Math.Min(behavior.CachedTokens ?? 0, PromptTokens);
        CompletionTokens = behavior.CompletionTokens ?? EventCount * Choices;
        HasUsage = !behavior.NoUsage;
        HasUsageChunk = HasUsage && request.IncludeUsage;
        _invalidUtf8 = behavior.InvalidUtf8;
        _hugeBytes = behavior.HugeLineBytes ?? 0;
    }

    public long Number { get; }

    public long CreatedUnixSeconds { get; }

    public ModelCard Model { get; }

    public int ContentTokens { get; }

    public int ReasoningTokens { get; }

    /// <summary>How often the answer is given: <c>n</c>.</summary>
    public int Choices { get; }

    /// <summary>Thought, then words, then tool calls.</summary>
    public int EventCount => FirstCallEvent + Calls.Count * EventsPerCall;

    public int EventsPerCall { get; }

    public int FirstCallEvent => ReasoningTokens + ContentTokens;

    /// <summary>The request in full where it asks for more than text.</summary>
    public RequestDetail? Detail { get; }

    public IReadOnlyList<SimulatedCall> Calls => Detail?.Calls ?? [];

    public int PromptTokens { get; }

    public int CachedTokens { get; }

    public int CompletionTokens { get; }

    /// <summary>The caller's max_tokens ended the answer.</summary>
    public bool CutByLength { get; }

    /// <summary>Of the request's stop sequences the one that ended the answer.</summary>
    public string? StopSequence { get; }

    public bool HasUsage { get; }

    /// <summary>OpenAI streams report usage only when asked.</summary>
    public bool HasUsageChunk { get; }

    public void WriteWord(IBufferWriter<byte> writer, int index)
    {
        if (index == 0)
        {
            WriteOddBytes(writer);
        }

        writer.Write(_words is null ? Model.Word(index) : _words[index]);
    }

    /// <summary>The call's id; each dialect has its own beginning.</summary>
    public void WriteCallId(IBufferWriter<byte> writer, ReadOnlySpan<byte> prefix, int call)
    {
        writer.Write(prefix);
        writer.WriteNumber(Number);
        writer.Write("_"u8);
        writer.WriteNumber(call);
    }

    public void WriteContent(IBufferWriter<byte> writer)
    {
        WriteOddBytes(writer);
        if (_words is null)
        {
            Model.WriteContent(writer, ContentTokens);
            return;
        }

        foreach (var word in _words.AsSpan(0, ContentTokens))
        {
            writer.Write(word);
        }
    }

    public void WriteReasoning(IBufferWriter<byte> writer)
    {
        for (var index = 0; index < ReasoningTokens; index++)
        {
            writer.Write(" thinking"u8);
        }
    }

    /// <summary>The words before the first stop sequence that the answer runs into; null where it meets none.</summary>
    private (byte[][] Words, string Stop)? FirstStop(int wanted)
    {
        if (Detail is not { Stops.Count: > 0 } || wanted == 0)
        {
            return null;
        }

        var text = Detail.Text ?? string.Concat(Enumerable.Range(0, wanted).Select(index => Encoding.UTF8.GetString(Model.Word(index))));
        var found = Detail.Stops
            .Where(static stop => stop.Length > 0)
            .Select(stop => (At: text.IndexOf(stop, StringComparison.Ordinal), Stop: stop))
            .Where(static found => found.At >= 0)
            .OrderBy(static found => found.At)
            .ToArray();
        return found.Length == 0 ? null : (WordsOf(text[..found[0].At]), found[0].Stop);
    }

    /// <summary>Cut before each blank, escaped for JSON.</summary>
    private static byte[][] WordsOf(string text)
    {
        var words = new List<byte[]>();
        for (var start = 0; start < text.Length;)
        {
            var next = text.IndexOf(' ', start + 1);
            var end = next < 0 ? text.Length : next;
            words.Add(System.Text.Json.JsonEncodedText.Encode(text.AsSpan(start, end - start)).EncodedUtf8Bytes.ToArray());
            start = end;
        }

        return [.. words];
    }

    private void WriteOddBytes(IBufferWriter<byte> writer)
    {
        if (_invalidUtf8)
        {
            // A lead byte without its continuation, then a byte no UTF-8 text holds.
            ReadOnlySpan<byte> odd = [0xC3, 0x28, 0xFF];
            writer.Write(odd);
        }

        for (var left = _hugeBytes; left > 0; left -= Padding.Length)
        {
            writer.Write(Padding.AsSpan(0, Math.Min(left, Padding.Length)));
        }
    }
}

internal static class Utf8WriterExtensions
{
    public static void WriteNumber(this IBufferWriter<byte> writer, long value)
    {
        var span = writer.GetSpan(20);
        Utf8Formatter.TryFormat(value, span, out var written);
        writer.Advance(written);
    }

    /// <summary>Text as a JSON string with its quotes, or null.</summary>
    public static void WriteJsonText(this IBufferWriter<byte> writer, string? text)
    {
        if (text is null)
        {
            writer.Write("null"u8);
            return;
        }

        writer.Write("\""u8);
        writer.Write(System.Text.Json.JsonEncodedText.Encode(text).EncodedUtf8Bytes);
        writer.Write("\""u8);
    }
}
