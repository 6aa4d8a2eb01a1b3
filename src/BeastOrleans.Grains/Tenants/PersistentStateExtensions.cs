namespace BeastOrleans.Grains.Tenants;

internal static class PersistentStateExtensions
{
    /// <summary>
    /// Stores <paramref name="next"/>, and goes back to what was there when that fails: a state that is not stored must not be
    /// served, nor stored by accident with the write after it.
    /// </summary>
    public static async Task ReplaceAsync<T>(this IPersistentState<T> state, T next)
    {
        var before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = before;
            throw;
        }
    }
}
