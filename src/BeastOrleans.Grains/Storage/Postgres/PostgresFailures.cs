using System.Net.Sockets;
using Npgsql;

namespace BeastOrleans.Grains.Storage.Postgres;

/// <summary>Turns what goes wrong at start into the one line an operator acts on. No line holds the password.</summary>
internal static class PostgresFailures
{
    /// <summary>Runs what a start does, and says what is wrong in one line where <see cref="TryDescribe"/> can.</summary>
    /// <exception cref="StorageUnavailableException">The message says what to do.</exception>
    public static T Describe<T>(NpgsqlConnectionStringBuilder connection, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (TryDescribe(exception, connection) is { } message)
        {
            throw new StorageUnavailableException(message, exception);
        }
    }

    /// <summary>Null for a failure that is not the operator's to mend: that one should be seen with its stack.</summary>
    private static string? TryDescribe(Exception exception, NpgsqlConnectionStringBuilder connection)
    {
        var place = $"PostgreSQL at {connection.Host}:{connection.Port}";
        return exception switch
        {
            StorageUnavailableException known => known.Message,
            PostgresException refused => refused.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                    $"{place} refuses the user '{connection.Username}': {refused.MessageText}. Mend ConnectionStrings:Beast, or the user.",
                PostgresErrorCodes.InvalidCatalogName =>
                    $"{place} has no database '{connection.Database}': create it (CREATE DATABASE), or name another in ConnectionStrings:Beast.",
                PostgresErrorCodes.InsufficientPrivilege =>
                    $"The user '{connection.Username}' may not do that in '{connection.Database}' ({refused.MessageText}): make it the owner of the database, or run 'db migrate' as one who is.",
                PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded =>
                    $"{place} has no connection left: raise its max_connections, or lower Maximum Pool Size in ConnectionStrings:Beast.",
                PostgresErrorCodes.CannotConnectNow => $"{place} is starting or recovering: start again when it takes connections.",
                PostgresErrorCodes.ReadOnlySqlTransaction => $"{place} is a standby that takes no writes: name the primary in ConnectionStrings:Beast.",
                _ => null,
            },
            NpgsqlException { InnerException: SocketException or TimeoutException or IOException } or SocketException or TimeoutException =>
                $"{place} cannot be reached ({Innermost(exception).Message}): start it, or mend ConnectionStrings:Beast.",
            _ => null,
        };
    }

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
