using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace BeastOrleans.UnitTests.Storage;

/// <summary>The product's grain storage as a silo would start it, without the silo (which takes seconds).</summary>
internal sealed class GrainStorageHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private GrainStorageHarness(ServiceProvider services)
    {
        _services = services;
        Database = services.GetRequiredService<SqliteDatabase>();
        Storage = services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Beast);
    }

    public SqliteDatabase Database { get; }

    public IGrainStorage Storage { get; }

    public static async Task<GrainStorageHarness> StartAsync(string dataDirectory, string serviceId = "beast")
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSerializer();
        services.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = serviceId;
        });
        services.AddBeastSqlite(dataDirectory);
        services.AddBeastGrainStorage();
        var harness = new GrainStorageHarness(services.BuildServiceProvider());
        var lifecycle = new Lifecycle();
        ((ILifecycleParticipant<ISiloLifecycle>)harness.Storage).Participate(lifecycle);
        foreach (var observer in lifecycle.Observers)
        {
            await observer.OnStart(CancellationToken.None);
        }

        return harness;
    }

    public async Task<GrainState<TestState>> ReadAsync(string stateName, GrainId grain)
    {
        var state = new GrainState<TestState>(new TestState());
        await Storage.ReadStateAsync(stateName, grain, state);
        return state;
    }

    public async Task<GrainState<TestState>> WriteNewAsync(string stateName, GrainId grain, string name)
    {
        var state = new GrainState<TestState>(new TestState { Name = name });
        await Storage.WriteStateAsync(stateName, grain, state);
        return state;
    }

    public ValueTask DisposeAsync()
    {
        return _services.DisposeAsync();
    }

    private sealed class Lifecycle : ISiloLifecycle
    {
        public List<ILifecycleObserver> Observers { get; } = [];

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            Observers.Add(observer);
            return new MemoryStream();
        }
    }
}

internal enum TestMode
{
    Off,
    HalfOpen,
}

[GenerateSerializer, Alias("beast.test.StorageState")]
internal sealed class TestState
{
    [Id(0)]
    public string? Name { get; set; }

    [Id(1)]
    public int Count { get; set; }

    [Id(2)]
    public TestMode Mode { get; set; }
}
