using System.Buffers;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>A tool call of a chat stream as it grows.</summary>
internal sealed class ChatToolCall(int? index, string? id)
{
    private static readonly byte[] Nothing = [];

    private JsonProgress _progress;
    private ArrayBufferWriter<byte>? _held;

    /// <summary>The upstream's number for it; some give none.</summary>
    public int? Index { get; } = index;

    public string? Id { get; private set; } = id;

    public string? Name { get; private set; }

    /// <summary>Its block was opened.</summary>
    public bool IsStarted { get; set; }

    public bool IsComplete => _progress.IsComplete;

    /// <summary>Arguments that wait for the block to be opened: a JSON string's inside.</summary>
    public ReadOnlySpan<byte> Held => _held is null ? Nothing : _held.WrittenSpan;

    public void Identify(string? id, string? name)
    {
        Id = string.IsNullOrEmpty(Id) ? id : Id;
        Name = string.IsNullOrEmpty(Name) ? name : Name;
    }

    public void Hold(ReadOnlySpan<byte> arguments)
    {
        _held ??= new ArrayBufferWriter<byte>(256);
        _held.Write(arguments);
    }

    public void DropHeld() => _held = null;

    /// <param name="delta">With arguments.</param>
    /// <param name="scratch">Takes the unescaped text; grows, and is used again.</param>
    public void Follow(in ChatCallDelta delta, ref byte[] scratch)
    {
        if (delta.IsObject || !delta.Arguments.Contains((byte)'\\'))
        {
            _progress.Feed(delta.Arguments);
            return;
        }

        var arguments = new Utf8JsonReader(delta.ArgumentsToken);
        arguments.Read();
        if (scratch.Length < arguments.ValueSpan.Length)
        {
            scratch = new byte[Math.Max(256, arguments.ValueSpan.Length * 2)];
        }

        _progress.Feed(scratch.AsSpan(0, arguments.CopyString(scratch)));
    }
}
