using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>What a reader thread does: one job at a time on its own read-only connection.</summary>
internal sealed class SqliteReadLoop(SqlJobQueue queue, SqliteSession session)
{
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
        try
        {
            job.Execute(session);
        }
        catch (Exception exception)
        {
            session.Reset();
            job.Fail(exception);
            return;
        }

        if (session.InTransaction)
        {
            // A snapshot left open would keep the log from ever being checkpointed.
            session.Reset();
        }

        job.Complete();
    }
}
