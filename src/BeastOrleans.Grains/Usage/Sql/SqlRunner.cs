using System.Data.Common;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Statements of reports. They are many and rare, so none is kept prepared.</summary>
internal sealed class SqlRunner(ISqlDatabase database)
{
    public Task<List<T>> QueryAsync<T>(SqlText text, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        return database.ReadAsync(
            session =>
            {
                using var command = Command(session, text);
                return command.ReadAll(read);
            },
            cancellationToken);
    }

    /// <summary>In one transaction.</summary>
    /// <returns>The rows changed by the last of them.</returns>
    public Task<int> ExecuteAsync(IReadOnlyList<SqlText> texts, CancellationToken cancellationToken)
    {
        return database.WriteAsync(
            session =>
            {
                var changed = 0;
                foreach (var text in texts)
                {
                    using var command = Command(session, text);
                    changed = command.ExecuteNonQuery();
                }

                return changed;
            },
            groupable: false,
            cancellationToken);
    }

    private static DbCommand Command(SqlSession session, SqlText text)
    {
        var command = session.CreateCommand(text.Sql);
        foreach (var (name, value) in text.Parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = session.ToParameter(value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
