using System.Data.Common;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Testing.Databases;
using Npgsql;

namespace BeastOrleans.Survival.Fleet;

/// <summary>The PostgreSQL server of a cluster, whose commits wait for the disk.</summary>
internal sealed class PostgresFleetDatabase : IDatabase
{
    private readonly PostgresServer _server;
    private readonly string _connectionString;

    private PostgresFleetDatabase(PostgresServer server, string connectionString)
    {
        _server = server;
        _connectionString = connectionString;
    }

    public string[] Settings => ["--Beast:Storage=postgres", $"--ConnectionStrings:Beast={_connectionString}"];

    public bool IsServer => true;

    /// <param name="migrate">What a silo of a split cluster does not do by itself.</param>
    public static async Task<PostgresFleetDatabase> StartAsync(bool migrate)
    {
        var server = await PostgresServer.StartAsync(durable: true);
        var connectionString = await server.CreateDatabaseAsync();
        if (migrate)
        {
            PostgresSchema.Migrate(connectionString);
        }

        return new PostgresFleetDatabase(server, connectionString);
    }

    public async Task<DbConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_connectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    public Task KillAsync() => _server.KillAsync();

    public Task StartAsync() => _server.StartAgainAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
