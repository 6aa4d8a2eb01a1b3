using System.Threading.Channels;
using BeastOrleans.Gateway.Usage.Spool;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Usage on its way to the ledger, oldest first; what earlier starts left comes before all else. The rows are in the spool:
/// a long queue keeps their places only, and is bounded by the spool's size.
/// </summary>
internal sealed class UsageQueue
{
    /// <summary>Rows kept as objects; the others are read back when their turn comes.</summary>
    private const int MaxInMemory = 4_096;

    private readonly UsageSpool _spool;
    private readonly Channel<SpooledRow> _channel = Channel.CreateUnbounded<SpooledRow>(new UnboundedChannelOptions { SingleReader = true });
    private int _depth;
    private int _inMemory;

    public UsageQueue(UsageSpool spool)
    {
        _spool = spool;
        var recovered = spool.TakeRecovered();
        RecoveredLeft = recovered.Length;
        _depth = recovered.Length;
        foreach (var row in recovered)
        {
            _inMemory += row.Record is null ? 0 : 1;
            _channel.Writer.TryWrite(row with { IsRecovered = true });
        }
    }

    /// <summary>Rows of earlier starts that are not settled yet. Only the shipper looks.</summary>
    public int RecoveredLeft { get; private set; }

    public int Depth => Volatile.Read(ref _depth);

    /// <summary>No further request may start.</summary>
    public bool IsFull => !_spool.HasRoom;

    /// <param name="row">With its record. One that found no room in the spool stays in memory, however many there are.</param>
    public void Add(SpooledRow row)
    {
        Interlocked.Increment(ref _depth);
        var keep = row.Settle.Segment is null || Volatile.Read(ref _inMemory) < MaxInMemory;
        if (keep)
        {
            Interlocked.Increment(ref _inMemory);
        }

        _channel.Writer.TryWrite(keep ? row : row with { Record = null });
    }

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    public bool TryTake(out SpooledRow row)
    {
        if (!_channel.Reader.TryRead(out row))
        {
            return false;
        }

        if (row.Record is not null)
        {
            Interlocked.Decrement(ref _inMemory);
        }

        return true;
    }

    /// <summary>
    /// These rows are in the ledger, or put aside. Only the shipper says so; and not always in the order of the queue, for rows
    /// that failed are sent again behind others.
    /// </summary>
    public void Settled(ReadOnlySpan<SpooledRow> rows)
    {
        Interlocked.Add(ref _depth, -rows.Length);
        foreach (var row in rows)
        {
            RecoveredLeft -= row.IsRecovered ? 1 : 0;
        }
    }
}
