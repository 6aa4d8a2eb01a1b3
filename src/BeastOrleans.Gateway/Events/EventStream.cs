using System.IO.Pipelines;
using System.Text.Json;
using BeastOrleans.Gateway.Api;

namespace BeastOrleans.Gateway.Events;

/// <summary>Writes one listener's events as SSE, with a heartbeat, and what was spent in between every few seconds.</summary>
internal sealed class EventStream(EventListener listener, PipeWriter output, TimeProvider time)
{
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan SpendEvery = TimeSpan.FromSeconds(5);

    private decimal _costUsd;
    private decimal _savedUsd;
    private int _requests;

    /// <summary>Returns when the listener was let go; the reader learns why.</summary>
    /// <exception cref="OperationCanceledException">The reader has left, or the process stops.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(": connected\n\n"u8.ToArray(), cancellationToken);
        var spendAt = time.GetTimestamp();
        var wroteAt = spendAt;
        while (true)
        {
            var wait = Shorter(SpendEvery - time.GetElapsedTime(spendAt), Heartbeat - time.GetElapsedTime(wroteAt));
            var more = await MoreAsync(wait, cancellationToken);
            while (listener.Events.TryRead(out var happened))
            {
                Add(happened);
                await WriteAsync(happened.Kind, happened.Data, cancellationToken);
                wroteAt = time.GetTimestamp();
            }

            if (more is false)
            {
                break;
            }

            if (time.GetElapsedTime(spendAt) >= SpendEvery)
            {
                spendAt = time.GetTimestamp();
                if (_requests > 0)
                {
                    await WriteAsync("spend", new { at = time.GetUtcNow(), requests = _requests, costUsd = _costUsd, savedUsd = _savedUsd, seconds = SpendEvery.TotalSeconds }, cancellationToken);
                    (_requests, _costUsd, _savedUsd) = (0, 0, 0);
                    wroteAt = spendAt;
                }
            }

            if (time.GetElapsedTime(wroteAt) >= Heartbeat)
            {
                await WriteAsync(": ping\n\n"u8.ToArray(), cancellationToken);
                wroteAt = time.GetTimestamp();
            }
        }

        await WriteAsync("dropped", new { at = time.GetUtcNow(), missed = listener.Missed, why = "read too slowly: connect again, and read what was missed from /api/models/fallbacks" }, cancellationToken);
    }

    /// <summary>True: there are events; false: there will be none; null: time has passed.</summary>
    private async Task<bool?> MoreAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await listener.Events.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private void Add(FeedEvent happened)
    {
        if (happened.Kind == "request")
        {
            _requests++;
            _costUsd += happened.CostUsd;
            _savedUsd += happened.SavedUsd;
        }
    }

    // JSON has no line breaks of its own, so an event's data is one line.
    private async Task WriteAsync(string kind, object data, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(data, JsonBody.Options);
        await WriteAsync([.. "event: "u8, .. System.Text.Encoding.UTF8.GetBytes(kind), .. "\ndata: "u8, .. json, .. "\n\n"u8], cancellationToken);
    }

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken) => await output.WriteAsync(bytes, cancellationToken);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other)
    {
        var shorter = one < other ? one : other;
        return shorter > TimeSpan.Zero ? shorter : TimeSpan.FromMilliseconds(1);
    }
}
