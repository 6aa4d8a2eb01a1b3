using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Usage;

/// <summary>Rows that the ledger refuses for ever, one JSON object a line: for people.</summary>
internal sealed class PoisonFile(string directory)
{
    public string Path { get; } = System.IO.Path.Combine(directory, "poison.jsonl");

    /// <summary>On the disk when it returns.</summary>
    public void Add(UsageRecord record)
    {
        using var file = new FileStream(Path, FileMode.Append, FileAccess.Write);
        JsonSerializer.Serialize(file, record);
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
    }
}
