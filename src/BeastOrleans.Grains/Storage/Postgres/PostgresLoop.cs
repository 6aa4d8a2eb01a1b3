using System.Diagnostics;
using BeastOrleans.Grains.Storage.Sql;
using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>
/// What a thread of the database does: one job at a time, a writer in a transaction each. A job whose transaction was lost to
/// another one, or whose connection turned out to be dead before the commit was sent, runs again.
/// </summary>
internal sealed class PostgresLoop(SqlJobQueue queue, PostgresSession session, bool writes)
{
    private const int MaxAttempts = 5;

    /// <summary>A dead connection often means a dead database: whoever waits is told so soon, and decides for itself.</summary>
    private static readonly TimeSpan ReconnectFor = TimeSpan.FromSeconds(2);

    public void Run()
    {
        while (queue.TryTake(out var job))
        {
            if (!job.TryCancel())
            {
                Execute(job);
            }
        }
    }

    private void Execute(SqlJob job)
    {
        var startedAt = Stopwatch.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var ending = false;
            try
            {
                if (writes)
                {
                    session.Begin();
                }

                job.Execute(session);
                ending = true;
                session.End();
            }
            catch (Exception exception)
            {
                session.Reset();
                if (attempt < MaxAttempts && MayRunAgain(exception, ending, startedAt))
                {
                    continue;
                }

                job.Fail(exception);
                return;
            }

            job.Complete();
            return;
        }
    }

    private static bool MayRunAgain(Exception exception, bool ending, long startedAt) => exception switch
    {
        // PostgreSQL has said that nothing of it was kept.
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } => true,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } =>
            !ending && Stopwatch.GetElapsedTime(startedAt) < ReconnectFor,
        PostgresException => false,

        // Of a commit that was sent and not answered nobody knows.
        NpgsqlException => !ending && Stopwatch.GetElapsedTime(startedAt) < ReconnectFor,
        _ => false,
    };
}
