using System.Globalization;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>What a provider's bill would say: one line per answer, on the disk before the answer's last byte leaves.</summary>
internal sealed class TruthLog(string file) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file = new(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Add(string? user, Answer answer)
    {
        var line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{user ?? "-"} {answer.PromptTokens} {answer.CompletionTokens}\n"));
        lock (_gate)
        {
            _file.Write(line);
            _file.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _file.Dispose();
}
