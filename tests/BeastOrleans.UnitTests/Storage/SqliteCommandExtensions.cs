using Microsoft.Data.Sqlite;

namespace BeastOrleans.UnitTests.Storage;

internal static class SqliteCommandExtensions
{
    public static void Run(this SqliteCommand command, string sql)
    {
        using (command)
        {
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
