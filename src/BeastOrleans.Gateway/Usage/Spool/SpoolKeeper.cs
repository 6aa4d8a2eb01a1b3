using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>
/// The thread that waits for the disk, so that no request and no pool thread does: a round every 100 ms, and at once when
/// somebody waits for it. All that wait together share one flush.
/// </summary>
internal sealed partial class SpoolKeeper : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Action _round;
    private readonly ILogger _logger;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Lock _waiting = new();
    private readonly Thread _thread;
    private TaskCompletionSource<bool>? _next;
    private volatile bool _stopped;
    private bool _failing;

    /// <param name="round">Does the work; throws <see cref="IOException"/> when the disk refuses.</param>
    public SpoolKeeper(Action round, ILogger logger)
    {
        _round = round;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "usage spool" };
        _thread.Start();
    }

    public void Wake() => _wake.Set();

    /// <returns>Whether a round that began after this call ended well.</returns>
    public ValueTask<bool> FlushedAsync()
    {
        Task<bool> flushed;
        lock (_waiting)
        {
            _next ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            flushed = _next.Task;
        }

        _wake.Set();
        return new ValueTask<bool>(flushed);
    }

    /// <summary>Ends with a last round.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        while (!_stopped)
        {
            _wake.WaitOne(Interval);
            Round();
        }

        Round();
    }

    private void Round()
    {
        TaskCompletionSource<bool>? waiters;
        lock (_waiting)
        {
            (waiters, _next) = (_next, null);
        }

        var ok = false;
        try
        {
            _round();
            ok = true;
            _failing = false;
        }
        catch (Exception e)
        {
            // The thread must live: what is not on the disk is still in the page cache, and the next round tries again.
            if (!_failing)
            {
                _failing = true;
                LogFlushFailed(_logger, e);
            }
        }
        finally
        {
            waiters?.SetResult(ok);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The usage spool could not be brought to the disk; it is tried again")]
    private static partial void LogFlushFailed(ILogger logger, Exception exception);
}
