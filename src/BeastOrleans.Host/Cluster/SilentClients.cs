using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// Ends connections of gateways that have said nothing for a while. Each gateway asks for a pulse every second on all connections
/// that it uses (<see cref="GatewayPulse"/>): silence is a network that swallows packets, or a connection that nobody uses. A
/// silo that kept it would go on sending answers into it for minutes, though the gateway can be reached through another silo.
/// </summary>
internal sealed class SilentClients(TimeProvider time)
{
    /// <summary>Longer than a gateway's pauses of any kind, shorter than anybody waits for the kernel to find out.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public async Task OnConnectionAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var plain = context.Transport;
        var heard = new HeardReader(plain.Input, time);
        context.Transport = new Transport(heard, plain.Output);
        using var timer = time.CreateTimer(
            _ =>
            {
                if (heard.SilentFor > Limit)
                {
                    context.Abort(new ConnectionAbortedException("The gateway behind it says nothing."));
                }
            },
            state: null,
            LookEvery,
            LookEvery);
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = plain;
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Remembers when it last had something to read.</summary>
    private sealed class HeardReader(PipeReader inner, TimeProvider time) : PipeReader
    {
        private long _heardAt = time.GetTimestamp();

        public TimeSpan SilentFor => time.GetElapsedTime(Volatile.Read(ref _heardAt));

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(cancellationToken);
            Volatile.Write(ref _heardAt, time.GetTimestamp());
            return read;
        }

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
            {
                return false;
            }

            Volatile.Write(ref _heardAt, time.GetTimestamp());
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }
}
