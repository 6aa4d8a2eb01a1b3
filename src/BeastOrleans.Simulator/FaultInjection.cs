using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace BeastOrleans.Simulator;

internal enum StopKind
{
    None,
    Reset,
    Cut,
    End,
    Stall,
    ErrorEvent,
}

/// <summary>Where an answer stops before its end: content events in a stream, bytes in a plain body.</summary>
internal readonly record struct StopPoint(StopKind Kind, int After)
{
    public static StopPoint From(SimulatorBehavior behavior) => behavior switch
    {
        { ResetAfter: { } after } => new(StopKind.Reset, after),
        { CutAfter: { } after } => new(StopKind.Cut, after),
        { EndAfter: { } after } => new(StopKind.End, after),
        { StallAfter: { } after } => new(StopKind.Stall, after),
        { ErrorEventAfter: { } after } => new(StopKind.ErrorEvent, after),
        _ => default,
    };
}

/// <summary>The ways a connection can go wrong.</summary>
internal static class FaultInjection
{
    /// <summary>How long a half-closed connection waits for the client's own close before it is reset.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Latency, hang and reset: what happens before any byte. False when there is nothing left to answer.</summary>
    public static async ValueTask<bool> BeforeAnswerAsync(Exchange exchange)
    {
        var behavior = exchange.Behavior;
        if (behavior.LatencyMs is > 0 and { } latencyMs)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(latencyMs), exchange.State.Options.TimeProvider, exchange.ClientLeft);
        }

        if (behavior.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.ClientLeft);
        }

        if (behavior.ResetBefore)
        {
            Reset(exchange);
            return false;
        }

        if (behavior.CloseBefore)
        {
            await CutAsync(exchange);
            return false;
        }

        return true;
    }

    /// <summary>Everything written so far must be flushed: a reset discards what waits in Kestrel's buffer.</summary>
    public static async Task StopAsync(Exchange exchange, StopKind kind, StreamPacer pacer)
    {
        switch (kind)
        {
            case StopKind.Reset:
                Reset(exchange);
                break;
            case StopKind.Cut:
                await CutAsync(exchange);
                break;
            case StopKind.Stall:
                await pacer.StallAsync();
                break;
            default:
                // A clean end: the framing closes when the handler returns.
                exchange.Complete();
                break;
        }
    }

    private static void Reset(Exchange exchange)
    {
        exchange.MarkCut();
        if (SocketOf(exchange.Context) is { } socket)
        {
            TryOn(socket, static s => s.LingerState = new LingerOption(enable: true, seconds: 0));
        }

        exchange.Context.Abort();
    }

    private static async Task CutAsync(Exchange exchange)
    {
        exchange.MarkCut();
        if (SocketOf(exchange.Context) is { } socket)
        {
            // FIN first: Abort alone sends a reset.
            TryOn(socket, static s => s.Shutdown(SocketShutdown.Send));
            try
            {
                await Task.Delay(CloseTimeout, exchange.ClientLeft);
            }
            catch (OperationCanceledException)
            {
                // The client closed its side, which is what was waited for.
            }
        }

        exchange.Context.Abort();
    }

    private static Socket? SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    private static void TryOn(Socket socket, Action<Socket> action)
    {
        try
        {
            action(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client was faster; the connection is gone either way.
        }
    }
}
