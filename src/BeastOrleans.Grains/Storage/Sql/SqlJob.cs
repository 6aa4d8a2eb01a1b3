namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>One piece of work for a database thread, and the task its caller awaits.</summary>
internal abstract class SqlJob(bool groupable)
{
    /// <summary>May share its commit with neighbours; see <see cref="ISqlDatabase.WriteAsync{T}"/>.</summary>
    public bool Groupable => groupable;

    /// <summary>Runs the work and keeps its result until <see cref="Complete"/>: nothing is answered before the commit.</summary>
    public abstract void Execute(SqlSession session);

    public abstract void Complete();

    public abstract void Fail(Exception exception);

    /// <summary>True when the caller gave up before the work began; its task is then cancelled.</summary>
    public abstract bool TryCancel();
}

internal sealed class SqlJob<T>(Func<SqlSession, T> work, bool groupable, CancellationToken cancellationToken) : SqlJob(groupable)
{
    // Continuations run elsewhere: a grain's code on the writer thread would hold up every other write.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _completion.Task;

    public override void Execute(SqlSession session)
    {
        _result = work(session);
    }

    public override void Complete()
    {
        _completion.TrySetResult(_result!);
    }

    public override void Fail(Exception exception)
    {
        _completion.TrySetException(exception);
    }

    public override bool TryCancel()
    {
        return cancellationToken.IsCancellationRequested && _completion.TrySetCanceled(cancellationToken);
    }
}
