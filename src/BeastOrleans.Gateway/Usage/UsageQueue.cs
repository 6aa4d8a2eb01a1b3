using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using BeastOrleans.Contracts.Usage;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Usage;

/// <summary>Usage on its way to the ledger. Bounded: when it is full, new requests are refused rather than rows dropped.</summary>
internal sealed class UsageQueue(IOptions<GatewayOptions> options)
{
    /// <summary>Requests under way when the bound is reached still have room to be booked.</summary>
    private const int Headroom = 10_000;

    private readonly int _limit = options.Value.MaxQueuedUsage;
    private readonly Channel<UsageRecord> _channel = Channel.CreateUnbounded<UsageRecord>(new UnboundedChannelOptions { SingleReader = true });
    private int _depth;

    public int Depth => Volatile.Read(ref _depth);

    /// <summary>No further request may start.</summary>
    public bool IsFull => Depth >= _limit;

    /// <summary>False, with the row lost and to be counted, only far beyond the bound: more requests in flight than the headroom.</summary>
    public bool TryAdd(UsageRecord record)
    {
        if (Interlocked.Increment(ref _depth) > _limit + Headroom)
        {
            Interlocked.Decrement(ref _depth);
            return false;
        }

        return _channel.Writer.TryWrite(record);
    }

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    public bool TryTake([NotNullWhen(true)] out UsageRecord? record) => _channel.Reader.TryRead(out record);

    /// <summary>So many rows are in the ledger.</summary>
    public void Settled(int count) => Interlocked.Add(ref _depth, -count);
}
