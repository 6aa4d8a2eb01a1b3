using System.Net;
using BeastOrleans.Gateway;

namespace BeastOrleans.Host.Cluster;

/// <summary>
/// Finds the connections that are open and dead. Orleans' client has no probe of its own: to a silo that is frozen (or behind a
/// cable that was pulled) it goes on sending, and a share of all grains stays out of reach until the kernel gives the connection
/// up. Each second one small question goes out under many keys; Orleans spreads keys over the connections and keeps to its
/// choice, and each answer names its silo. Where that silo's questions go unanswered, its gateway is left out of the list, and
/// its grains are asked for through the others. Orleans' own handshake keeps it out until it answers again.
/// </summary>
/// <param name="beat">Asks under a key; the answer names the silo's client gateway.</param>
/// <param name="abort">Ends the connections to a gateway.</param>
internal sealed partial class GatewayPulse(
    Func<int, Task<string>> beat, Action<IPEndPoint> abort, SilentGateways silent, ClusterReach reach, TimeProvider time, ILogger<GatewayPulse> logger) : BackgroundService
{
    /// <summary>Spread by chance over a few dozen gateways at most, each is asked by some.</summary>
    private const int Keys = 64;

    /// <summary>Rounds in a row without any answer of a gateway that was asked.</summary>
    private const int MaxMissed = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <summary>Long enough that the list has been read without it, which closes the dead connection.</summary>
    private static readonly TimeSpan LeftOutFor = TimeSpan.FromSeconds(15);

    private readonly IPEndPoint?[] _answeredBy = new IPEndPoint?[Keys];
    private readonly Dictionary<IPEndPoint, int> _missed = [];
    private readonly Dictionary<IPEndPoint, long> _leftOutAt = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await reach.WaitAsync(stoppingToken);
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RoundAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    internal async Task RoundAsync()
    {
        Readmit();
        var answers = await Task.WhenAll(Enumerable.Range(0, Keys).Select(AskAsync));
        Judge(answers);
    }

    private async Task<IPEndPoint?> AskAsync(int key)
    {
        try
        {
            var text = await beat(key).WaitAsync(AnswerLimit, time);
            return IPEndPoint.TryParse(text, out var gateway) ? gateway : null;
        }
        catch (Exception e)
        {
            LogNotAnswered(e);
            return null;
        }
    }

    private void Judge(IPEndPoint?[] answers)
    {
        var answered = answers.OfType<IPEndPoint>().ToHashSet();
        var asked = _answeredBy.OfType<IPEndPoint>().ToHashSet();
        foreach (var gateway in asked)
        {
            var missed = _missed[gateway] = answered.Contains(gateway) ? 0 : _missed.GetValueOrDefault(gateway) + 1;
            if (missed >= MaxMissed)
            {
                LeaveOut(gateway);
            }
        }

        for (var key = 0; key < Keys; key++)
        {
            // A key without an answer stays with the gateway that answered it last: that is the one it waits for.
            _answeredBy[key] = answers[key] ?? _answeredBy[key];
        }
    }

    private void LeaveOut(IPEndPoint gateway)
    {
        _leftOutAt[gateway] = time.GetTimestamp();
        _missed.Remove(gateway);
        for (var key = 0; key < Keys; key++)
        {
            if (gateway.Equals(_answeredBy[key]))
            {
                _answeredBy[key] = null;
            }
        }

        if (silent.Add(gateway))
        {
            LogSilent(gateway);
        }

        abort(gateway);
    }

    private void Readmit()
    {
        foreach (var (gateway, since) in _leftOutAt)
        {
            if (time.GetElapsedTime(since) >= LeftOutFor)
            {
                _leftOutAt.Remove(gateway);
                silent.Remove(gateway);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo behind {Gateway} does not answer: its grains are asked for through the others")]
    private partial void LogSilent(IPEndPoint gateway);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A pulse was not answered")]
    private partial void LogNotAnswered(Exception exception);
}
