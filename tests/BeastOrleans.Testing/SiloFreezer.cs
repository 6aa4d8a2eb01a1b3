using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Testing;

/// <summary>
/// Freezes silos of a test cluster: their grains take every call and never answer, while the silo itself looks alive to its
/// neighbours. Worse than a dead silo, which is noticed.
/// </summary>
public sealed class SiloFreezer
{
    private readonly ConcurrentDictionary<SiloAddress, bool> _frozen = new();
    private readonly TaskCompletionSource _thaw = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Freeze(SiloAddress silo) => _frozen[silo] = true;

    /// <summary>Lets every held call go on; the end of a test, so that silos can stop.</summary>
    public void Thaw()
    {
        _frozen.Clear();
        _thaw.TrySetResult();
    }

    internal Task PassAsync(SiloAddress silo) => _frozen.ContainsKey(silo) ? _thaw.Task : Task.CompletedTask;
}

internal sealed class FreezeFilter(SiloFreezer freezer, IServiceProvider services) : IIncomingGrainCallFilter
{
    private readonly SiloAddress _silo = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        // Ours alone: Orleans' own grains keep the silo looking alive.
        if (context.Grain.GetType().Namespace?.StartsWith("BeastOrleans.", StringComparison.Ordinal) == true)
        {
            await freezer.PassAsync(_silo);
        }

        await context.Invoke();
    }
}
