using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Grains.Endpoints;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class EndpointStoreTests
{
    private static readonly CircuitBreakerState Open = CircuitBreakerState.Initial with { State = CircuitState.Open, Generation = 1 };

    private readonly FakeState _state = new();
    private readonly List<Exception> _notStored = [];

    [Fact]
    public async Task CircuitThatIsBehind_IsWrittenThoughTheRegistrationsWriteFails()
    {
        var store = Store(keepsCircuitAlone: true);
        _state.FailingWrites = 2;
        store.Remember(Open);
        store.StoreCircuitBehind();
        Assert.Single(_notStored);

        await Assert.ThrowsAsync<IOException>(() => store.StoreRegistrationAsync(Registration()));
        await store.FlushAsync();

        Assert.Equal(3, _state.Writes);
        Assert.Equal(CircuitState.Open, _state.Stored!.Circuit.State);
        Assert.Null(_state.Stored.Registration);
    }

    [Fact]
    public async Task CustomModelWithoutARegistration_LeavesNoRow()
    {
        var store = Store(keepsCircuitAlone: false);
        store.Remember(Open);
        store.StoreCircuitBehind();
        await store.FlushAsync();
        Assert.Equal(0, _state.Writes);

        await store.StoreRegistrationAsync(Registration());
        Assert.Equal(CircuitState.Open, _state.Stored!.Circuit.State);
        await store.ClearAsync();
        store.Remember(Open);
        store.StoreCircuitBehind();
        await store.FlushAsync();
        Assert.Equal((1, null), (_state.Writes, _state.Stored));
    }

    [Fact]
    public async Task CircuitThatMovedWhileItsRowWasBeingDeleted_IsNotWrittenAfterIt()
    {
        var store = Store(keepsCircuitAlone: false);
        await store.StoreRegistrationAsync(Registration());
        _state.OnClear = () =>
        {
            store.Remember(Open);
            store.StoreCircuitBehind();
        };

        await store.ClearAsync();
        await store.FlushAsync();

        Assert.Equal((1, null), (_state.Writes, _state.Stored));
    }

    private EndpointStore Store(bool keepsCircuitAlone) => new(_state, keepsCircuitAlone, _notStored.Add);

    private static EndpointRegistration Registration() => new()
    {
        Info = new CustomModelInfo
        {
            Key = "t:acme/e:custom:m",
            ModelId = ModelId.Custom("m"),
            Owner = EndpointOwner.OfTenant(TenantId.Parse("acme")),
            BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
            Model = "m",
            Dialect = Dialect.OpenAI,
            Enabled = true,
            HasApiKey = false,
            UsageInStream = true,
            Version = 1,
            CreatedAt = DateTimeOffset.UnixEpoch,
        },
    };

    private sealed class FakeState : IPersistentState<EndpointState>
    {
        public EndpointState State { get; set; } = new();

        public EndpointState? Stored { get; private set; }

        public int Writes { get; private set; }

        public int FailingWrites { get; set; }

        public Action? OnClear { get; set; }

        public string Etag => "";

        public bool RecordExists => Stored is not null;

        public Task ReadStateAsync() => Task.CompletedTask;

        public Task WriteStateAsync()
        {
            Writes++;
            if (FailingWrites-- > 0)
            {
                throw new IOException("The disk is full.");
            }

            Stored = State;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync()
        {
            OnClear?.Invoke();
            Stored = null;
            return Task.CompletedTask;
        }
    }
}
