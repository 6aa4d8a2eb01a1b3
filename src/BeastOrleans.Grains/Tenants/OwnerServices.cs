using BeastOrleans.Grains.Changes;
using BeastOrleans.Grains.Credentials;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Tenants;

/// <summary>What the writes of every owner need from the silo.</summary>
internal sealed partial class OwnerServices(
    IGrainFactory grains,
    IRegistry registry,
    ChangePublisher publisher,
    ProviderCredentials credentials,
    TimeProvider time,
    ILogger<OwnerServices> logger)
{
    public IGrainFactory Grains { get; } = grains;

    public IRegistry Registry { get; } = registry;

    public ChangePublisher Publisher { get; } = publisher;

    public ProviderCredentials Credentials { get; } = credentials;

    public TimeProvider Time { get; } = time;

    public void OnEndpointNotForgotten(Exception exception) => LogNotForgotten(logger, exception);
}
