namespace BeastOrleans.Grains.Usage.Retention;

/// <summary>Removes what has aged out, a little at a time. Every step may be repeated and run twice at once.</summary>
internal interface IRetentionStore
{
    /// <summary>The moment before which the ledger's own rows are gone; null when none is.</summary>
    Task<DateTimeOffset?> KeptFromAsync(CancellationToken cancellationToken);

    /// <summary>From now on no row before this is taken, and those that are there may be removed. Never goes back.</summary>
    Task RaiseAsync(DateTimeOffset keptFrom, CancellationToken cancellationToken);

    /// <summary>Rows before the moment kept from; gap rows stay, for budgets are counted from them.</summary>
    /// <returns>How many; fewer than <paramref name="most"/> when no more are left.</returns>
    Task<int> RemoveRowsAsync(int most, CancellationToken cancellationToken);

    /// <summary>Plans that no row has brought along since.</summary>
    Task<int> RemovePlansAsync(DateTimeOffset notSeenSince, int most, CancellationToken cancellationToken);
}
