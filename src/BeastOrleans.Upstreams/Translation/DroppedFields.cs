namespace BeastOrleans.Upstreams.Translation;

/// <summary>The names of fields that a translation left out, in the order found, each once. Bounded: they end in a header.</summary>
internal sealed class DroppedFields
{
    public const int MaxCount = 24;

    private const int MaxNameLength = 80;

    private readonly List<string> _names = [];

    public void Add(string name)
    {
        var shown = name.Length <= MaxNameLength && name.All(IsPlain) ? name : "?";
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

    /// <summary>Names of the client's making come here too: nothing that a header or a list could misread.</summary>
    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '[' or ']' or '=' or ':';
}
