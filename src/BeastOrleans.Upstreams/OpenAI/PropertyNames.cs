using System.Text.Json;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The top-level property names seen so far, kept as places in the body: finds duplicates without making a string.</summary>
internal ref struct PropertyNames
{
    /// <summary>The most top-level properties a request may have.</summary>
    public const int MaxCount = 128;

    /// <summary>Bytes of a name.</summary>
    public const int MaxLength = 256;

    private readonly ReadOnlySpan<byte> _body;
    private readonly Span<(int Start, int Length, bool Escaped)> _names;
    private int _count;

    /// <summary>All of them, see <see cref="NameBits"/>.</summary>
    public ulong Bits { get; private set; }

    public PropertyNames(ReadOnlySpan<byte> body, Span<(int Start, int Length, bool Escaped)> storage)
    {
        _body = body;
        _names = storage;
    }

    /// <summary>False when the name that the reader stands on was seen before; what was wrong is told apart by <paramref name="problem"/>.</summary>
    public bool TryAdd(ref Utf8JsonReader reader, out string? problem)
    {
        problem = null;
        var name = reader.ValueSpan;
        if (name.Length > MaxLength)
        {
            problem = $"A top-level property's name is longer than {MaxLength} bytes.";
            return false;
        }

        if (_count == _names.Length)
        {
            problem = $"The body has more than {_names.Length} top-level properties.";
            return false;
        }

        foreach (var (start, length, escaped) in _names[.._count])
        {
            // An escape can spell a name in another way (mod\u0065l): parsers differ in which of the two they take.
            var same = escaped || reader.ValueIsEscaped
                ? reader.ValueTextEquals(Unescape(start, length))
                : name.SequenceEqual(_body.Slice(start, length));
            if (same)
            {
                problem = $"The property '{reader.GetString()}' is given twice.";
                return false;
            }
        }

        Bits |= reader.ValueIsEscaped ? NameBits.Any : NameBits.Of(name);
        _names[_count++] = ((int)reader.TokenStartIndex + 1, name.Length, reader.ValueIsEscaped);
        return true;
    }

    private readonly string? Unescape(int start, int length)
    {
        var token = new Utf8JsonReader(_body.Slice(start - 1, length + 2));
        token.Read();
        return token.GetString();
    }
}
