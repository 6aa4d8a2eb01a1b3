using System.Data.Common;

namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>
/// One thread's connection with its prepared statements. A job begins and ends no transaction itself. SQL texts are written
/// once for both databases: named parameters as <c>@name</c>, those of rows as <c>$1, $2, ...</c> in the order of their first
/// appearance, sums cast to <c>BIGINT</c>, flags as numbers.
/// </summary>
internal abstract class SqlSession : IDisposable
{
    // The product has a few dozen statements; past this something builds SQL texts from values.
    private const int MaxStatements = 256;

    private readonly Dictionary<string, DbCommand> _statements = new(StringComparer.Ordinal);

    /// <summary>Ends a SELECT of rows that the transaction is about to change. Empty where there is one writer.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Follows a table's name where the database can be told which index to read; else empty.</summary>
    public abstract string IndexedBy(string index);

    /// <summary>
    /// The statement, prepared once per connection; its parameters stay from call to call, so a batch adds them once and then
    /// only sets values. The session owns it: do not dispose it, but do dispose its readers.
    /// </summary>
    public DbCommand Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var command))
        {
            return command;
        }

        if (_statements.Count >= MaxStatements)
        {
            throw new InvalidOperationException($"More than {MaxStatements} different statements: pass values as parameters, not in the text.");
        }

        _statements.Add(sql, command = CreateCommand(sql));
        return command;
    }

    /// <summary>A statement to run for many rows.</summary>
    public abstract SqlRows Rows(string sql);

    /// <summary>Runs a SELECT with the parameter <c>@id</c> for each id.</summary>
    /// <returns>The first row of each, in the order of the ids; null where there is none.</returns>
    public abstract T?[] ReadEach<T>(string sql, IReadOnlyList<string> ids, Func<DbDataReader, T> read)
        where T : class;

    /// <summary>Everything read from here on is of one moment.</summary>
    public abstract void BeginSnapshot();

    /// <summary>Runs a statement that takes a lock until the transaction ends. Nothing where there is one writer.</summary>
    public abstract void Lock(string sql, params ReadOnlySpan<(string Name, object? Value)> values);

    public abstract void Dispose();

    /// <summary>The value as this database can store it.</summary>
    protected internal virtual object ToParameter(object value) => value;

    /// <summary>A statement that is not kept: its caller disposes it.</summary>
    public abstract DbCommand CreateCommand(string sql);

    protected virtual void DropStatements()
    {
        foreach (var command in _statements.Values)
        {
            command.Dispose();
        }

        _statements.Clear();
    }
}
