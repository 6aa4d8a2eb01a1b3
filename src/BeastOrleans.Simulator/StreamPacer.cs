using System.Buffers;

namespace BeastOrleans.Simulator;

/// <summary>
/// When the next event may leave. Events keep to a schedule counted from the first one, so that timer coarseness does
/// not add up; comments fill the silences.
/// </summary>
internal sealed class StreamPacer(HttpContext context, SimulatorBehavior behavior, TimeProvider time)
{
    private readonly TimeSpan _firstToken = TimeSpan.FromMilliseconds(behavior.FirstTokenMs ?? 0);
    private readonly TimeSpan _gap = TimeSpan.FromMilliseconds(behavior.InterTokenMs ?? 1000 / (behavior.TokensPerSecond ?? double.PositiveInfinity));
    private readonly TimeSpan _comment = behavior.CommentEveryMs is { } ms ? TimeSpan.FromMilliseconds(ms) : Timeout.InfiniteTimeSpan;
    private long _firstAt;

    public bool IsPaced => _gap > TimeSpan.Zero;

    public async ValueTask BeforeFirstAsync()
    {
        if (_firstToken > TimeSpan.Zero)
        {
            // The client sees the headers while it waits for the first token.
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            await WaitAsync(_firstToken);
        }

        _firstAt = time.GetTimestamp();
    }

    public async ValueTask BeforeEventAsync(int index)
    {
        if (IsPaced)
        {
            await WaitAsync(_gap * index - time.GetElapsedTime(_firstAt));
        }
    }

    /// <summary>Never returns: throws when the client leaves.</summary>
    public async Task StallAsync()
    {
        while (true)
        {
            await WaitAsync(TimeSpan.FromDays(1));
        }
    }

    private async Task WaitAsync(TimeSpan wait)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var left = wait - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            var isSilenceOver = _comment >= TimeSpan.Zero && _comment < left;
            // Task.Delay counts whole ms: round up, else the loop would spin on a fraction.
            var delay = TimeSpan.FromMilliseconds(Math.Ceiling((isSilenceOver ? _comment : left).TotalMilliseconds));
            await Task.Delay(delay, time, context.RequestAborted);
            if (isSilenceOver)
            {
                context.Response.BodyWriter.Write(": ping\n\n"u8);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
    }
}
