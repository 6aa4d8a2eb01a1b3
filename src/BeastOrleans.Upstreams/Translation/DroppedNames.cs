namespace BeastOrleans.Upstreams.Translation;

/// <summary>Fields that a translation left out, each once, in the order found. Bounded and plain: they end in a header.</summary>
internal sealed class DroppedNames
{
    public const int MaxCount = 24;

    private const int MaxLength = 80;

    private readonly List<string> _names = [];

    public void Add(string name)
    {
        // Names of the client's making come here too: nothing that a header or a list could misread.
        var shown = name.Length <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || "_-.[]=:".Contains(c)) ? name : "?";
        if (_names.Contains(shown))
        {
            return;
        }

        if (_names.Count < MaxCount)
        {
            _names.Add(shown);
        }
        else
        {
            // More than fit: said, too.
            _names[^1] = "...";
        }
    }

    public string[] ToArray() => [.. _names];
}
