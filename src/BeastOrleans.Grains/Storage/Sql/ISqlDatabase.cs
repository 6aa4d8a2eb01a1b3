namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>
/// Where the books are kept: work runs on a thread of the database, on a session of its own, and blocks nobody else. The
/// same work runs on SQLite and on PostgreSQL; what differs is in <see cref="SqlSession"/>.
/// </summary>
internal interface ISqlDatabase
{
    /// <summary>Runs <paramref name="work"/> in a transaction; the task completes after the commit.</summary>
    /// <param name="work">Short, synchronous, and touching nothing but the database: it may run again when its transaction is lost.</param>
    /// <param name="groupable">May share a commit with its neighbours, where the database has one writer.</param>
    Task<T> WriteAsync<T>(Func<SqlSession, T> work, bool groupable = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs <paramref name="work"/>, which only reads and sees every write answered before. Each statement is its own snapshot
    /// unless the work begins one (<see cref="SqlSession.BeginSnapshot"/>), which is ended for it.
    /// </summary>
    Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken = default);
}
