using System.Net.Sockets;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Host.Startup;

/// <summary>Tells failures that an operator can mend (one line, exit code 2) from defects (a stack trace, exit code 1).</summary>
internal static class StartupFailures
{
    public const int ExitCode = 2;

    /// <summary>The one line, or null when the failure is a defect.</summary>
    public static string? Explain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case StartupException or StorageUnavailableException or MasterKeyException or SpoolUnavailableException:
                    return e.Message;
                case OptionsValidationException options:
                    return string.Join(" ", options.Failures);
                case AddressInUseException:
                    return $"A port is taken: {e.Message}. Choose another with --urls or end the process that holds it.";
                case SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AccessDenied }:
                    return $"A port cannot be opened: {e.Message}.";
                case AggregateException { InnerExceptions: { Count: > 1 } several }:
                    return several.Select(Explain).FirstOrDefault(line => line is not null);
                default:
                    break;
            }
        }

        return null;
    }
}
