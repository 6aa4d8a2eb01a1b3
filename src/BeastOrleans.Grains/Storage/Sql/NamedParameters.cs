using System.Data.Common;

namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>Prepared statements with a few named parameters.</summary>
internal static class NamedParameters
{
    /// <summary>The prepared statement with these values set; every call of one text passes the same names in the same order.</summary>
    public static DbCommand Prepare(this SqlSession session, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = session.Prepare(sql);
        for (var i = 0; i < values.Length; i++)
        {
            if (i == command.Parameters.Count)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = values[i].Name;
                command.Parameters.Add(parameter);
            }

            command.Parameters[i].Value = values[i].Value is { } value ? session.ToParameter(value) : DBNull.Value;
        }

        return command;
    }

    public static List<T> ReadAll<T>(this DbCommand command, Func<DbDataReader, T> read)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
