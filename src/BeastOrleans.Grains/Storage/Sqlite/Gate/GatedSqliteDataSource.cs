using System.Data.Common;

namespace BeastOrleans.Grains.Storage.Sqlite.Gate;

/// <summary>
/// What Orleans' ADO.NET storage opens its connections from: none of them is a connection of its own, every command goes
/// through <see cref="SqliteDatabase"/>.
/// </summary>
internal sealed class GatedSqliteDataSource(SqliteDatabase database) : DbDataSource
{
    // For Orleans' start-up log only.
    public override string ConnectionString => $"Data Source={database.FilePath}";

    protected override DbConnection CreateDbConnection()
    {
        return new GatedSqliteConnection(database);
    }
}
