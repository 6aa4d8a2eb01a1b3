using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace BeastOrleans.Simulator;

/// <summary>
/// Sends an answer as server-sent events:
/// <code>
/// headers .. firstToken .. opening .. event 0 .. event 1 .. | stop point | .. closing
/// </code>
/// </summary>
internal static class StreamedAnswer
{
    private static readonly StringValues EventStream = "text/event-stream; charset=utf-8";
    private static readonly StringValues NoCache = "no-cache";

    public static async Task SendAsync(Exchange exchange, Answer answer)
    {
        var behavior = exchange.Behavior;
        var dialect = exchange.Dialect;
        var response = exchange.Context.Response;
        var writer = response.BodyWriter;
        var pacer = new StreamPacer(exchange.Context, behavior, exchange.State.Options.TimeProvider);
        var flushesEach = pacer.IsPaced || !exchange.State.Options.BenchmarkMode;
        var stop = StopPoint.From(behavior);
        var stopIndex = stop.Kind == StopKind.None ? int.MaxValue : Math.Min(stop.After, answer.EventCount);
        var brokenIndex = behavior.MalformedEventAt ?? (behavior.MalformedJson ? 0 : -1);

        response.StatusCode = behavior.Status ?? StatusCodes.Status200OK;
        response.Headers.CacheControl = NoCache;
        ResponseHeaders.Apply(exchange, EventStream);
        exchange.State.Counters.OnStream();

        // :: Step 1. The wait for the first token, with the headers already out.
        await pacer.BeforeFirstAsync();
        if (behavior.ErrorEventFirst)
        {
            SendErrorEvent(exchange, writer);
            return;
        }

        // :: Step 2. Opening and content.
        var prefix = dialect.EventPrefix(answer);
        dialect.WriteOpening(writer, answer, prefix);
        for (var index = 0; index < answer.EventCount && index < stopIndex; index++)
        {
            await pacer.BeforeEventAsync(index);
            if (index == brokenIndex)
            {
                dialect.WriteBrokenEvent(writer, answer, prefix, index);
            }
            else
            {
                dialect.WriteEvent(writer, answer, prefix, index);
            }

            exchange.Entry?.CountEvent();
            if (flushesEach)
            {
                await writer.FlushAsync(exchange.ClientLeft);
            }
        }

        // :: Step 3. The end, or what was scripted in its place.
        if (stop.Kind == StopKind.ErrorEvent)
        {
            SendErrorEvent(exchange, writer);
        }
        else if (stop.Kind != StopKind.None)
        {
            await writer.FlushAsync(exchange.ClientLeft);
            await FaultInjection.StopAsync(exchange, stop.Kind, pacer);
        }
        else
        {
            exchange.State.Truth?.Add(exchange.Request.User, answer);
            dialect.WriteClosing(writer, answer, prefix, behavior.OmitDone || behavior.StallAfterFinish);
            if (behavior.StallAfterFinish)
            {
                await writer.FlushAsync(exchange.ClientLeft);
                await pacer.StallAsync();
            }

            exchange.Complete();
        }
    }

    private static void SendErrorEvent(Exchange exchange, IBufferWriter<byte> writer)
    {
        var error = SimulatedError.From(exchange.Behavior, exchange.Behavior.ErrorStatus ?? StatusCodes.Status500InternalServerError);
        exchange.Dialect.WriteErrorEvent(writer, error, exchange.Number);
        exchange.Complete();
    }
}
