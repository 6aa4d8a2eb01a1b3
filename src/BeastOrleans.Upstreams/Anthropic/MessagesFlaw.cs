namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>What is wrong, with a path that grows as the readers return: no path is built while all is well.</summary>
/// <param name="Path">JSON path relative to the reader that found it; empty for the value itself.</param>
/// <param name="Says">What is allowed there, e.g. <c>must be a string.</c></param>
internal sealed record MessagesFlaw(string Path, string Says)
{
    public static MessagesFlaw Here(string says) => new("", says);

    public static MessagesFlaw Missing(string name) => new(name, "is required.");

    public MessagesFlaw In(string parent) => this with
    {
        Path = Path.Length == 0 ? parent : Path[0] == '[' ? parent + Path : $"{parent}.{Path}",
    };

    public MessagesFlaw At(int index) => In($"[{index}]");

    public RequestDefect ToDefect() => Path.Length == 0 ? new RequestDefect($"The body {Says}", null) : new RequestDefect($"'{Path}' {Says}", Path);
}
