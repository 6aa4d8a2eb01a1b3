using System.Security.Cryptography;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Credentials;
using BeastOrleans.Grains.Endpoints;
using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Grains.Tenants;
using BeastOrleans.Grains.Usage;
using BeastOrleans.Grains.Usage.Sql;
using BeastOrleans.Testing.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace BeastOrleans.Testing;

/// <summary>
/// Silos in this process that share one database (<see cref="TestDatabase"/>), with the real grains and the real grain
/// storage. The first cluster of a process takes about 8 s: share it, and use unique keys.
/// </summary>
public sealed class BeastCluster : IAsyncDisposable
{
    private readonly BeastClusterOptions _options;
    private readonly TestDatabase _database;
    private readonly string _masterKeys;
    private InProcessTestCluster _cluster;

    private BeastCluster(BeastClusterOptions options, TestDatabase database)
    {
        _options = options;
        _database = database;
        _masterKeys = $$$"""{"current":"k1","keys":{"k1":"{{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}"}}""";
        _cluster = Build();
    }

    internal ISqlDatabase Database => _database.Sql;

    public InProcessTestCluster Cluster => _cluster;

    public IGrainFactory Client => _cluster.Client;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.GetActiveSilos()];

    internal InMemoryRegistry Registry { get; } = new();

    internal FakeEndpointProbe Probe { get; } = new();

    /// <summary>One per silo, at the silo's place; empty unless asked for.</summary>
    public IReadOnlyList<BeastGatewayNode> Gateways { get; private set; } = [];

    /// <summary>The admin key of the gateways; null without gateways.</summary>
    public string? AdminKey { get; private set; }

    /// <summary>Holds grain calls of a silo for ever.</summary>
    public SiloFreezer Freezer { get; } = new();

    public static async Task<BeastCluster> StartAsync(BeastClusterOptions? options = null)
    {
        var cluster = new BeastCluster(options ?? new BeastClusterOptions(), await TestDatabase.CreateAsync());
        await cluster.StartSilosAsync();
        return cluster;
    }

    /// <summary>A grain factory whose calls start at this silo, as those of a gateway beside it would.</summary>
    public IGrainFactory At(int silo) => Services(silo).GetRequiredService<IGrainFactory>();

    public IServiceProvider Services(int silo) => Silos[silo].ServiceProvider;

    /// <summary>Forgets every activation: stops all silos and starts new ones on the same database.</summary>
    public async Task RestartAsync()
    {
        await _cluster.DisposeAsync();
        _cluster = Build();
        await StartSilosAsync();
    }

    /// <summary>Starts one more silo and waits until it follows the change feed.</summary>
    public async Task AddSiloAsync()
    {
        await _cluster.StartAdditionalSiloAsync();
        await WaitForFollowersAsync();
    }

    /// <summary>Ends the grain's activation; returns when it is gone.</summary>
    public Task DeactivateAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    public async ValueTask DisposeAsync()
    {
        Freezer.Thaw();
        foreach (var gateway in Gateways)
        {
            await gateway.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task StartSilosAsync()
    {
        await _cluster.DeployAsync();
        await WaitForFollowersAsync();
        if (_options.WithGateways)
        {
            AdminKey = await Client.GetGrain<IPlatformGrain>(GrainKeys.Platform).EnsureAdminKeyAsync(reset: true);
            Gateways = await Task.WhenAll(Silos.Select((_, silo) => BeastGatewayNode.StartAsync(At(silo))));
        }
    }

    private async Task WaitForFollowersAsync() => await Eventually.IsTrueAsync(
        "every silo follows the change feed",
        () => Silos.All(silo => silo.ServiceProvider.GetRequiredService<ChangePoller>().IsFollowing));

    private InProcessTestCluster Build()
    {
        var builder = new InProcessTestClusterBuilder(_options.Silos);
        builder.Options.ConfigureFileLogging = false;

        // Part of every stored row's key: a random one would find nothing after a restart.
        builder.Options.ServiceId = "beast";
        builder.ConfigureSilo((_, silo) => Configure(silo));
        return builder.Build();
    }

    private void Configure(ISiloBuilder silo)
    {
        var services = silo.Services;
        _options.ConfigureServices?.Invoke(services);
        services.AddSingleton<IIncomingGrainCallFilter>(provider => new FreezeFilter(Freezer, provider));
        if (_options.WithGateways)
        {
            services.AddBeastLedger();
        }

        if (_options.Time is { } time)
        {
            // Grains and what they use keep the test's clock; membership and message timeouts keep the real one.
            services.AddSingleton(time);
            services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
        }

        // The product's own settings (docs: membership), so that a killed silo is noticed as fast as in production.
        services.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 3;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        services.Configure<CredentialOptions>(credentials => credentials.MasterKeys = _masterKeys);
        _database.AddTo(services);
        services.TryAddSingleton<IBudgetStore, SqlBudgetStore>();
        services.TryAddSingleton<IRegistry>(Registry);
        services.TryAddSingleton<IEndpointProbe>(Probe);
        silo.AddBeastGrainStorage();
        silo.AddBeastGrains();
        services.AddSingleton<ChangePoller>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangePoller>());
    }
}
