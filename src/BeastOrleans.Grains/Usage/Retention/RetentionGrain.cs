using BeastOrleans.Contracts.Usage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Grains.Usage.Retention;

/// <summary>
/// The cluster's one sweeper. Batches are small, so that usage and grain state are written between them; should two
/// activations run for a while, they remove the same rows and none twice.
/// </summary>
[GrainType("retention")]
internal sealed partial class RetentionGrain(
    IRetentionStore store, IOptions<RetentionOptions> options, TimeProvider time, ILogger<RetentionGrain> logger) : Grain, IRetentionGrain
{
    internal const int BatchRows = 500;

    /// <summary>Of one round: the rest waits for the next, a minute later.</summary>
    internal const int BatchesPerRound = 200;

    /// <summary>A week, as promised for the plans of fallbacks and refusals, and a day in which gateways bring theirs again.</summary>
    internal static readonly TimeSpan PlansKept = TimeSpan.FromDays(8);

    private static readonly TimeSpan RoundEvery = TimeSpan.FromMinutes(1);

    private bool _sweeping;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(
            (_, stopping) => SweepAsync(stopping), 0, new GrainTimerCreationOptions(RoundEvery, RoundEvery) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task WakeAsync() => Task.CompletedTask;

    public async Task<long> SweepAsync(CancellationToken cancellationToken = default)
    {
        if (_sweeping)
        {
            return 0;
        }

        _sweeping = true;
        try
        {
            return await SweepOnceAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception)
        {
            // The next round tries again: nothing depends on when.
            LogFailed(exception);
            return 0;
        }
        finally
        {
            _sweeping = false;
        }
    }

    private async Task<long> SweepOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (options.Value.LedgerRetentionDays is > 0 and var days)
        {
            // Whole days, so that what is left of the oldest one is the whole of it.
            await store.RaiseAsync(new DateTimeOffset(now.UtcDateTime.Date.AddDays(-days), TimeSpan.Zero), cancellationToken);
        }

        var rows = await RepeatAsync(() => store.RemoveRowsAsync(BatchRows, cancellationToken));
        var plans = await RepeatAsync(() => store.RemovePlansAsync(now - PlansKept, BatchRows, cancellationToken));
        if (rows + plans > 0)
        {
            LogRemoved(rows, plans);
        }

        return rows + plans;
    }

    private static async Task<long> RepeatAsync(Func<Task<int>> remove)
    {
        var sum = 0L;
        for (var batch = 0; batch < BatchesPerRound; batch++)
        {
            var removed = await remove();
            sum += removed;
            if (removed < BatchRows)
            {
                break;
            }
        }

        return sum;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} ledger rows and {Plans} plans have aged out and are removed; their sums are kept")]
    private partial void LogRemoved(long rows, long plans);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has aged out could not be removed; the next round tries again")]
    private partial void LogFailed(Exception exception);
}
