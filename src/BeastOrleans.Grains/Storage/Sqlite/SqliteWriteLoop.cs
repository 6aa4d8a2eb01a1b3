using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Storage.Sqlite;

/// <summary>
/// What the writer thread does: each job in a transaction of its own, or groupable neighbours as savepoints of one
/// transaction. A failed job is undone alone; where a whole group is lost (its commit failed, or SQLite rolled it back)
/// every job of it runs again by itself.
/// </summary>
internal sealed class SqliteWriteLoop(SqlJobQueue queue, SqliteSession session, int maxGroupSize)
{
    private readonly List<SqlJob> _group = new(maxGroupSize);

    public void Run()
    {
        while (queue.TryTake(out var first))
        {
            _group.Clear();
            AddUnlessCancelled(first);
            while (first.Groupable && _group.Count < maxGroupSize && queue.TryTakeGroupable(out var next))
            {
                AddUnlessCancelled(next);
            }

            if (_group.Count == 1)
            {
                RunAlone(_group[0]);
            }
            else if (_group.Count > 1)
            {
                RunGroup();
            }
        }
    }

    private void AddUnlessCancelled(SqlJob job)
    {
        if (!job.TryCancel())
        {
            _group.Add(job);
        }
    }

    private void RunAlone(SqlJob job)
    {
        try
        {
            session.Begin();
            job.Execute(session);
            session.Commit();
        }
        catch (Exception exception)
        {
            session.Reset();
            job.Fail(exception);
            return;
        }

        job.Complete();
    }

    private void RunGroup()
    {
        try
        {
            session.Begin();
        }
        catch (Exception exception)
        {
            // The lock was not to be had within the busy timeout: trying it once per job would multiply that wait.
            session.Reset();
            foreach (var job in _group)
            {
                job.Fail(exception);
            }

            return;
        }

        var failures = new Exception?[_group.Count];
        try
        {
            for (var i = 0; i < _group.Count; i++)
            {
                session.Savepoint();
                failures[i] = Attempt(_group[i]);
            }

            session.Commit();
        }
        catch (Exception)
        {
            session.Reset();
            foreach (var job in _group)
            {
                RunAlone(job);
            }

            return;
        }

        for (var i = 0; i < _group.Count; i++)
        {
            if (failures[i] is { } failure)
            {
                _group[i].Fail(failure);
            }
            else
            {
                _group[i].Complete();
            }
        }
    }

    private Exception? Attempt(SqlJob job)
    {
        try
        {
            job.Execute(session);
            session.Release();
            return null;
        }
        catch (Exception exception)
        {
            // Throws where SQLite has rolled back the whole transaction (disk full, I/O error): then the group is lost.
            session.RollbackToSavepoint();
            return exception;
        }
    }
}
