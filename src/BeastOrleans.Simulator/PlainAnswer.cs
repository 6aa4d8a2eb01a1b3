using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace BeastOrleans.Simulator;

/// <summary>Sends a body with a known length, whole or with a fault in its middle.</summary>
internal static class PlainAnswer
{
    /// <summary>How many bytes <c>truncateContentLength</c> announces beyond those it sends.</summary>
    private const int MissingBytes = 512;

    private const int MaxScratchBytes = 1024 * 1024;

    // One body is built at a time per thread and copied out before any await.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    public static Task SendCompletionAsync(Exchange exchange, Answer answer)
    {
        var scratch = Scratch();
        exchange.Dialect.WriteCompletion(scratch, answer);
        exchange.State.Truth?.Add(exchange.Request.User, answer);
        return SendAsync(exchange, exchange.Behavior.Status ?? StatusCodes.Status200OK, ResponseHeaders.Json, scratch.WrittenSpan);
    }

    public static Task SendErrorAsync(Exchange exchange, SimulatedError error)
    {
        var scratch = Scratch();
        exchange.Dialect.WriteError(scratch, error, exchange.Number);
        return SendAsync(exchange, error.Status, ResponseHeaders.Json, scratch.WrittenSpan);
    }

    public static Task SendModelsAsync(Exchange exchange)
    {
        var scratch = Scratch();
        exchange.Dialect.WriteModels(scratch, exchange.State.Models.Listed);
        return SendAsync(exchange, exchange.Behavior.Status ?? StatusCodes.Status200OK, ResponseHeaders.Json, scratch.WrittenSpan);
    }

    public static Task SendAsync(Exchange exchange, int status, StringValues contentType, ReadOnlySpan<byte> body)
    {
        var behavior = exchange.Behavior;
        var response = exchange.Context.Response;
        response.StatusCode = status;
        ResponseHeaders.Apply(exchange, contentType);
        if (behavior.MalformedJson)
        {
            body = body[..(body.Length / 2)];
        }

        var stop = StopPoint.From(behavior);
        if (behavior.TruncateContentLength || stop.Kind is not (StopKind.None or StopKind.ErrorEvent))
        {
            return SendBrokenAsync(exchange, stop, body.ToArray());
        }

        if (body.Length > 0 || status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified))
        {
            response.ContentLength = body.Length;
            response.BodyWriter.Write(body);
        }

        exchange.Complete();
        return Task.CompletedTask;
    }

    private static async Task SendBrokenAsync(Exchange exchange, StopPoint stop, byte[] body)
    {
        var response = exchange.Context.Response;
        var isTruncated = stop.Kind == StopKind.None;
        if (stop.Kind != StopKind.End)
        {
            response.ContentLength = body.Length + (exchange.Behavior.TruncateContentLength ? MissingBytes : 0);
        }

        response.BodyWriter.Write(body.AsSpan(0, isTruncated ? body.Length : Math.Min(stop.After, body.Length)));
        await response.BodyWriter.FlushAsync(exchange.ClientLeft);
        // No comments inside a plain body: they would be part of it.
        var silent = new StreamPacer(exchange.Context, new SimulatorBehavior(), exchange.State.Options.TimeProvider);
        await FaultInjection.StopAsync(exchange, isTruncated ? StopKind.Cut : stop.Kind, silent);
    }

    private static ArrayBufferWriter<byte> Scratch()
    {
        if (_scratch is null || _scratch.Capacity > MaxScratchBytes)
        {
            _scratch = new ArrayBufferWriter<byte>(4096);
        }

        _scratch.ResetWrittenCount();
        return _scratch;
    }
}
