using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Grains.Storage.Sqlite.Gate;

/// <summary>
/// Carries a command's text and parameters to a database thread and its rows back: reads to a reader, all else to the
/// writer, in a shared commit where there is a queue.
/// </summary>
internal sealed class GatedCommand(SqliteDatabase database) : DbCommand
{
    // Never executed: it is where the driver keeps parameters.
    private readonly SqliteCommand _parameters = new();

    [AllowNull]
    public override string CommandText { get; set; } = string.Empty;

    // The busy timeout of the connection is the bound.
    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get; set; }

    protected override DbParameterCollection DbParameterCollection => _parameters.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    // A command on a database thread is not interrupted: it is short, and a write cut off would have an unknown outcome.
    public override void Cancel()
    {
    }

    public override void Prepare()
    {
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        var rows = await RunAsync(cancellationToken);
        return rows.RecordsAffected;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        var rows = await RunAsync(cancellationToken);
        return rows.Scalar;
    }

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var rows = await RunAsync(cancellationToken);
        return rows.CreateReader();
    }

    public override int ExecuteNonQuery()
    {
        throw Synchronous();
    }

    public override object? ExecuteScalar()
    {
        throw Synchronous();
    }

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        throw Synchronous();
    }

    protected override DbParameter CreateDbParameter()
    {
        return new SqliteParameter();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _parameters.Dispose();
        }

        base.Dispose(disposing);
    }

    private static NotSupportedException Synchronous()
    {
        return new NotSupportedException("A gated command is asynchronous only: its caller may be the Orleans scheduler, which must not block.");
    }

    private Task<RowBuffer> RunAsync(CancellationToken cancellationToken)
    {
        // Copied: the command may be disposed by a caller who no longer waits while the job is still queued.
        var sql = CommandText;
        var parameters = new SqliteParameter[_parameters.Parameters.Count];
        _parameters.Parameters.CopyTo(parameters, 0);

        return IsRead(sql)
            ? database.ReadAsync(session => Execute(session, sql, parameters), cancellationToken)
            : database.WriteAsync(session => Execute(session, sql, parameters), groupable: true, cancellationToken);
    }

    // A wrong guess fails loudly, for readers are read-only connections.
    private static bool IsRead(string sql)
    {
        return sql.AsSpan().TrimStart().StartsWith("SELECT", StringComparison.OrdinalIgnoreCase);
    }

    private static RowBuffer Execute(SqliteSession session, string sql, SqliteParameter[] parameters)
    {
        var command = session.Prepare(sql);
        command.Parameters.Clear();
        command.Parameters.AddRange(parameters);
        try
        {
            using var reader = command.ExecuteReader();
            return RowBuffer.Read(reader);
        }
        finally
        {
            // The statement outlives the job; the payload should not.
            command.Parameters.Clear();
        }
    }
}
