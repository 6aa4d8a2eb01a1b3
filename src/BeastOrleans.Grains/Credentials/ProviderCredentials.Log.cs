using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Credentials;

internal sealed partial class ProviderCredentials
{
    [LoggerMessage(1, LogLevel.Error, "A provider credential does not open ({Error}): its endpoints are skipped until it is put again or the master key is back.")]
    private static partial void LogNotOpened(ILogger logger, CredentialError error);
}
