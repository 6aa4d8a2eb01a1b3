using System.Buffers;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>What can be computed once for a model name: its JSON text, the words of its answers, its counter.</summary>
internal sealed class ModelCard
{
    private static readonly byte[][] Filler = "This text is made up by the simulator so that a route can be tried without any provider"
        .Split(' ')
        .Select(word => Encoding.UTF8.GetBytes(" " + word))
        .ToArray();

    private readonly byte[][] _opening;
    private readonly byte[] _usualContent;
    private readonly int _usualTokens;
    private long _requests;

    public ModelCard(string name, int usualTokens)
    {
        Name = name;
        JsonName = JsonEncodedText.Encode(name).EncodedUtf8Bytes.ToArray();
        _opening = ["Simulated"u8.ToArray(), " answer"u8.ToArray(), " from"u8.ToArray(), [(byte)' ', .. JsonName, (byte)'.']];
        _usualTokens = usualTokens;
        _usualContent = Enumerable.Range(0, usualTokens).SelectMany(index => Word(index).ToArray()).ToArray();
    }

    public string Name { get; }

    /// <summary>The name as it stands inside a JSON string.</summary>
    public byte[] JsonName { get; }

    public long Requests => Interlocked.Read(ref _requests);

    public void OnRequest() => Interlocked.Increment(ref _requests);

    /// <summary>The nth word with its leading blank, escaped for JSON.</summary>
    public ReadOnlySpan<byte> Word(int index) =>
        index < _opening.Length ? _opening[index] : Filler[(index - _opening.Length) % Filler.Length];

    public void WriteContent(IBufferWriter<byte> writer, int tokens)
    {
        if (tokens == _usualTokens)
        {
            writer.Write(_usualContent);
            return;
        }

        for (var index = 0; index < tokens; index++)
        {
            writer.Write(Word(index));
        }
    }
}
