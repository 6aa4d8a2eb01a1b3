using BeastOrleans.Contracts.Changes;
using BeastOrleans.Grains.Changes;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Endpoints;
using BeastOrleans.Grains.Selection;
using BeastOrleans.Grains.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Grains;

/// <summary>Registers what the grains need from their silo.</summary>
public static class GrainServices
{
    /// <inheritdoc cref="AddBeastGrains(IServiceCollection)"/>
    public static ISiloBuilder AddBeastGrains(this ISiloBuilder builder)
    {
        builder.Services.AddBeastGrains();
        return builder;
    }

    /// <summary>
    /// Needs beside it: <see cref="CredentialOptions"/> configured, the grain storage, the registry, the upstreams (for active
    /// probes), and a follower of the change feed that tells every <see cref="IChangeListener"/>.
    /// </summary>
    public static IServiceCollection AddBeastGrains(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddOptions<CredentialOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => MasterKeys.Load(
            provider.GetRequiredService<IOptions<CredentialOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MasterKeys>>()));
        services.TryAddSingleton(provider => new CredentialSealer(provider.GetRequiredService<MasterKeys>()));
        services.TryAddSingleton<ProviderCredentials>();
        services.TryAddSingleton<GrainInstruments>();
        services.TryAddSingleton<ChangePublisher>();
        services.TryAddSingleton<OwnerServices>();
        services.TryAddSingleton<PriceTables>();
        services.TryAddSingleton<IEndpointProbe, HttpEndpointProbe>();
        services.TryAddSingleton<ConfigurationCache>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<ConfigurationCache>());
        return services;
    }

    /// <summary>Reads (or, when allowed, makes) the master keys, so that a wrong file stops the start with one clear line.</summary>
    /// <exception cref="MasterKeyException">The keys cannot be used; the message says what to do.</exception>
    public static void LoadBeastMasterKeys(this IServiceProvider services) => services.GetRequiredService<MasterKeys>();
}
