using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Circuit;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Directory;
using BenchmarkDotNet.Attributes;

namespace BeastOrleans.Benchmarks;

/// <summary>The checks that every request passes, and what it leaves behind: none may allocate.</summary>
[MemoryDiagnoser]
public class AdmissionBenchmarks
{
    private readonly string _key = VirtualKeySecret.Create();
    private readonly RetryBudget _retries = new(Samples.Now);
    private readonly EndpointEntry _entry = new(new EndpointView { Descriptor = Samples.Endpoint, Circuit = CircuitSnapshot.Initial }, usedAt: 0);
    private readonly CircuitSnapshot _closed = new() { Since = Samples.Now };
    private readonly CircuitSnapshot _open = new() { State = CircuitState.Open, Since = Samples.Now, Until = Samples.Now.AddSeconds(5), Cause = "5 timeouts" };

    [Benchmark]
    public bool KeyDigest() => VirtualKeySecret.TryDigest(_key, out _);

    [Benchmark]
    public AdmissionKind CircuitClosed() => CircuitGate.Evaluate(_closed, Samples.Now).Kind;

    /// <summary>What a request really asks: the cluster's circuit, and this process's own, which is idle.</summary>
    [Benchmark]
    public LocalAdmissionKind EntryClosed() => _entry.Local.Evaluate(_entry.Circuit, Samples.Now, descriptorVersion: 1).Kind;

    /// <summary>Whether the endpoint's grain should be asked: for a closed circuit, never.</summary>
    [Benchmark]
    public bool EntryNeedsHearing() => _entry.NeedsHearing(TimeProvider.System);

    /// <summary>A skipped candidate: the words are for people, so this one allocates.</summary>
    [Benchmark]
    public AdmissionKind CircuitOpen() => CircuitGate.Evaluate(_open, Samples.Now).Kind;

    [Benchmark]
    public void AddSuccess() => _entry.AddSuccess(0);

    [Benchmark]
    public void RetryBudget() => _retries.OnRequest();
}
