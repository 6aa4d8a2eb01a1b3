using BeastOrleans.Core.Circuit;
using Orleans.Storage;

namespace BeastOrleans.Grains.Endpoints;

/// <summary>
/// One endpoint's row, written by one write at a time: registrations are awaited, circuits follow behind. All calls come from
/// the grain's own turns, so a plain flag is enough.
/// </summary>
/// <param name="keepsCircuitAlone">
/// A provider's endpoint has no registration and keeps its circuit all the same. A custom model without one was removed
/// (or never finished registering): late reports of it must not make a row that nobody would ever delete.
/// </param>
internal sealed class EndpointStore(IPersistentState<EndpointState> state, bool keepsCircuitAlone, Action<Exception> onCircuitNotStored)
{
    private Task _writing = Task.CompletedTask;
    private bool _isBehind;

    public EndpointState Current => state.State;

    private bool IsWriteDue => _isBehind && (keepsCircuitAlone || state.State.Registration is not null);

    /// <summary>Keeps the circuit in memory alone: what it counts between two transitions is soft.</summary>
    public void Remember(CircuitBreakerState circuit) => state.State = state.State with { Circuit = circuit };

    /// <summary>Writes the circuit as it is now, soon, without making anybody wait.</summary>
    public void StoreCircuitBehind()
    {
        _isBehind = true;
        if (_writing.IsCompleted && IsWriteDue)
        {
            _writing = WriteBehindAsync();
        }
    }

    /// <summary>Stores a registration; returns when it is on disk.</summary>
    public Task StoreRegistrationAsync(EndpointRegistration registration) => ExclusiveAsync(async () =>
    {
        var before = state.State.Registration;
        var wasBehind = _isBehind;
        state.State = state.State with { Registration = registration };
        try
        {
            _isBehind = false;
            await state.WriteStateAsync();
        }
        catch
        {
            // Only the registration goes back: the circuit may have moved on during the write.
            state.State = state.State with { Registration = before };
            _isBehind |= wasBehind;
            throw;
        }
    });

    /// <summary>Deletes the row.</summary>
    public Task ClearAsync() => ExclusiveAsync(async () =>
    {
        if (state.RecordExists)
        {
            await state.ClearStateAsync();
        }

        // Whatever the circuit did meanwhile went with it.
        state.State = new EndpointState();
        _isBehind = false;
    });

    /// <summary>Waits for the write under way and makes the one that is due. Best effort, for deactivation.</summary>
    public async Task FlushAsync()
    {
        await _writing;
        if (IsWriteDue)
        {
            await WriteBehindAsync();
        }
    }

    private async Task ExclusiveAsync(Func<Task> writeAsync)
    {
        // The timer's turns interleave with this one, so another write may begin while the last one is awaited.
        while (!_writing.IsCompleted)
        {
            await _writing;
        }

        // Continuations later: one that ran inside SetResult would begin its write before the line below begins ours.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _writing = done.Task;
        try
        {
            await writeAsync();
        }
        finally
        {
            done.SetResult();
            if (IsWriteDue)
            {
                _writing = WriteBehindAsync();
            }
        }
    }

    // Never throws: it is awaited by the next write, which must not fail for the sake of this one.
    private async Task WriteBehindAsync()
    {
        try
        {
            while (IsWriteDue)
            {
                _isBehind = false;
                await state.WriteStateAsync();
            }
        }
        catch (Exception exception)
        {
            // A transient failure is made good by the next transition. An inconsistency means that another activation wrote:
            // the grain goes away and the next one reads.
            _isBehind = exception is not InconsistentStateException;
            onCircuitNotStored(exception);
        }
    }
}
