using System.Diagnostics.Metrics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Endpoints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BeastOrleans.ClusterTests.Endpoints;

/// <summary>The probe without a grain: the timer's ticks are the test's own.</summary>
public sealed class EndpointProbeTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new();
    private readonly Answering _target = new();
    private readonly List<bool> _answers = [];
    private readonly EndpointProbe _probe;
    private EndpointDescriptor _descriptor = Descriptor(version: 1);
    private Func<CancellationToken, Task>? _tick;

    public EndpointProbeTests() => _probe = new EndpointProbe(
        () => _descriptor, _answers.Add, _target, new GrainInstruments(_services.GetRequiredService<IMeterFactory>()), _time);

    [Fact]
    public async Task An_open_endpoint_in_use_is_asked_and_the_circuit_told()
    {
        _probe.OnUsed();
        _probe.Follow(CircuitState.Open, Register);

        _target.Answer = () => Task.FromResult(true);
        await _tick!(CancellationToken.None);

        Assert.Equal([true], _answers);
    }

    [Fact]
    public void An_endpoint_that_nobody_used_is_left_alone()
    {
        _probe.Follow(CircuitState.Open, Register);

        Assert.False(_probe.IsRunning);
    }

    [Fact]
    public async Task Probing_ends_fifteen_minutes_after_the_last_use()
    {
        _probe.OnUsed();
        _probe.Follow(CircuitState.Open, Register);
        _time.Advance(EndpointProbe.UsedWithin);

        await _tick!(CancellationToken.None);

        Assert.False(_probe.IsRunning);
        Assert.Empty(_answers);
    }

    [Theory]
    [InlineData(CircuitState.Closed)]
    [InlineData(CircuitState.HalfOpen)]
    [InlineData(CircuitState.Isolated)]
    public void Probing_ends_when_the_circuit_is_no_longer_open(CircuitState state)
    {
        _probe.OnUsed();
        _probe.Follow(CircuitState.Open, Register);

        _probe.Follow(state, Register);

        Assert.False(_probe.IsRunning);
    }

    [Fact]
    public async Task A_probe_that_hangs_is_unhealthy_after_five_seconds_and_the_next_tick_does_not_join_it()
    {
        _probe.OnUsed();
        _probe.Follow(CircuitState.Open, Register);
        _target.Answer = null;

        var hanging = _tick!(CancellationToken.None);
        await _tick(CancellationToken.None);
        _time.Advance(EndpointProbe.Limit);
        await hanging;

        Assert.Equal([false], _answers);
        Assert.Equal(1, _target.Asked);
    }

    [Fact]
    public async Task The_answer_of_an_endpoint_that_was_changed_meanwhile_counts_for_nothing()
    {
        _probe.OnUsed();
        _probe.Follow(CircuitState.Open, Register);
        _target.Answer = () =>
        {
            _descriptor = Descriptor(version: 2);
            return Task.FromResult(true);
        };

        await _tick!(CancellationToken.None);

        Assert.Empty(_answers);
    }

    public void Dispose() => _services.Dispose();

    private IGrainTimer Register(Func<CancellationToken, Task> tick)
    {
        _tick = tick;
        return new NoTimer();
    }

    private static EndpointDescriptor Descriptor(long version) => new()
    {
        Key = GrainKeys.Endpoint(EndpointOwner.Platform, ModelId.Custom("mine")),
        ModelId = ModelId.Custom("mine"),
        Type = EndpointType.Custom,
        Owner = OwnerKind.Platform,
        Dialect = Dialect.OpenAI,
        BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
        Model = "mine",
        Version = version,
    };

    private sealed class Answering : IEndpointProbe
    {
        /// <summary>Null = hangs until cancelled.</summary>
        public Func<Task<bool>>? Answer { get; set; } = () => Task.FromResult(false);

        public int Asked { get; private set; }

        public async Task<bool> IsHealthyAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken)
        {
            Asked++;
            if (Answer is not null)
            {
                return await Answer();
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return true;
        }
    }

    private sealed class NoTimer : IGrainTimer
    {
        public void Change(TimeSpan dueTime, TimeSpan period)
        {
        }

        public void Dispose()
        {
        }
    }
}
