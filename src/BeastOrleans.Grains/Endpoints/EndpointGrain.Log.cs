using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Grains.Credentials;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Endpoints;

internal sealed partial class EndpointGrain
{
    [LoggerMessage(1, LogLevel.Information, "A circuit of a {Type} endpoint went from {From} to {To}: {Cause}.")]
    private static partial void LogTransition(ILogger logger, EndpointType type, CircuitState from, CircuitState to, string cause);

    [LoggerMessage(2, LogLevel.Warning, "A circuit was not stored; a restart would know it as it was before.")]
    private static partial void LogCircuitNotStored(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "A custom model's credential does not open ({Error}): the model is skipped until its key is put again or the master key is back.")]
    private static partial void LogCredentialNotOpened(ILogger logger, CredentialError error);
}
