using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BeastOrleans.Benchmarks;

/// <summary>
/// The rollups that ten million attempts of one month leave behind: 200 tenants of 50 users with a key each; a user is at work
/// eight hours of each of the 30 days and uses two of its tenant's four models in each; every request carries two of its
/// tenant's 20 tags.
/// </summary>
internal static class ReportSeed
{
    public const long FirstDay = 20_500;

    private const int PerRow = 2;

    private const string Sums =
        "attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, "
        + "tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced";

    private static readonly string Values = string.Create(CultureInfo.InvariantCulture, $"{PerRow}, {PerRow}, 0, 0, 0, 0, 0, 0, 0, 0, 2000, 800, 0, 0, 0, 31000000, 0");

    public static long Fill(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        Run(connection, "PRAGMA synchronous = OFF");
        Run(connection, "PRAGMA cache_size = -200000");
        Run(connection, $"""
            WITH RECURSIVE
                t(t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM t WHERE t < 199),
                d(d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM d WHERE d < 29),
                h(h) AS (SELECT 9 UNION ALL SELECT h + 1 FROM h WHERE h < 16),
                u(u) AS (SELECT 0 UNION ALL SELECT u + 1 FROM u WHERE u < 49),
                m(m) AS (SELECT 0 UNION ALL SELECT 1)
            INSERT INTO usage_rollup (tenant, hour, user_id, key_id, model_id, type, {Sums})
            SELECT printf('tenant-%03d', t), ({FirstDay} + d) * 24 + h, printf('user-%02d', u), printf('key_%03d_%02d', t, u),
                CASE m WHEN 0 THEN 'custom:llama-' || ((u + d) % 2) ELSE CASE (u + h) % 2 WHEN 0 THEN 'openai:gpt-4o' ELSE 'anthropic:claude-sonnet-4-5' END END, m, {Values}
            FROM t, d, h, u, m
            """);
        Run(connection, $"INSERT INTO usage_day (tenant, bucket, user_id, key_id, model_id, type, {Sums}) SELECT tenant, hour / 24, user_id, key_id, model_id, type, {Summed()} FROM usage_rollup GROUP BY 1, 2, 3, 4, 5, 6");
        Run(connection, $"INSERT INTO usage_model_hour (bucket, tenant, model_id, type, {Sums}) SELECT hour, tenant, model_id, type, {Summed()} FROM usage_rollup GROUP BY 1, 2, 3, 4");
        Run(connection, $"INSERT INTO usage_model_day (bucket, tenant, model_id, type, {Sums}) SELECT bucket / 24, tenant, model_id, type, {Summed()} FROM usage_model_hour GROUP BY 1, 2, 3, 4");
        Run(connection, $"""
            WITH RECURSIVE g(g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM g WHERE g < 19)
            INSERT INTO usage_tag_day (tenant, bucket, tag, model_id, type, {Sums})
            SELECT tenant, bucket, printf('tag-%02d', g), model_id, type, {Sums} FROM usage_model_day, g
            """);
        Run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        return Number(connection, "SELECT SUM(attempts) FROM usage_rollup");
    }

    public static string Shape(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly");
        connection.Open();
        string[] tables = ["usage_rollup", "usage_day", "usage_model_hour", "usage_model_day", "usage_tag_day"];
        return string.Join(", ", tables.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table} {Number(connection, $"SELECT COUNT(*) FROM {table}"):N0}")));
    }

    private static string Summed() => string.Join(", ", Sums.Split(", ").Select(column => $"SUM({column})"));

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 600;
        command.ExecuteNonQuery();
    }
}
