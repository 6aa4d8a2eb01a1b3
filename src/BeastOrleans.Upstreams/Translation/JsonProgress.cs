namespace BeastOrleans.Upstreams.Translation;

/// <summary>Follows JSON that arrives in pieces, up to where its object or array is closed.</summary>
internal struct JsonProgress
{
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>An object or array was opened and closed: no more of it can come.</summary>
    public bool IsComplete { get; private set; }

    public void Feed(ReadOnlySpan<byte> json)
    {
        foreach (var unit in json)
        {
            if (IsComplete)
            {
                return;
            }

            if (_escaped)
            {
                _escaped = false;
            }
            else if (_inString)
            {
                _escaped = unit == (byte)'\\';
                _inString = unit != (byte)'"';
            }
            else
            {
                Take(unit);
            }
        }
    }

    private void Take(byte unit)
    {
        switch (unit)
        {
            case (byte)'"':
                _inString = true;
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                break;
            case (byte)'}' or (byte)']':
                IsComplete = --_depth <= 0;
                break;
        }
    }
}
