using System.Diagnostics.CodeAnalysis;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Diagnostics;

namespace BeastOrleans.Grains.Selection;

/// <summary>One owner's configuration in <see cref="ConfigurationCache"/>: the last copy, and at most one read of the next.</summary>
internal sealed class CachedConfiguration(Func<Task<OwnerSnapshot>> readAsync, GrainInstruments instruments, TimeProvider time)
{
    /// <summary>A copy this old is read again behind the request, so that owners in use never wait for it.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(10);

    /// <summary>A copy this old is read again before it is used: the bound when a push was lost.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(15);

    /// <summary>A copy this old is not used even when no other can be had.</summary>
    public static readonly TimeSpan MaxAgeInTrouble = TimeSpan.FromMinutes(5);

    // When the owner itself is older than what was asked for (a restored backup), asking again at once would not help.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private Copy? _copy;
    private TaskCompletionSource<Copy>? _reading;
    private long _heard;
    private long _distrustedAt = long.MinValue;
    private long _usedAt;

    public long UsedAt => Volatile.Read(ref _usedAt);

    /// <summary>The last copy, if it may be used in trouble.</summary>
    public OwnerSnapshot? Last => Volatile.Read(ref _copy) is { } copy && time.GetElapsedTime(copy.ReadAt) < MaxAgeInTrouble
        ? copy.Snapshot
        : null;

    /// <summary>The feed said that there is this version.</summary>
    public void Heard(long version)
    {
        var known = Volatile.Read(ref _heard);
        while (version > known)
        {
            var before = Interlocked.CompareExchange(ref _heard, version, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }

    /// <summary>News may have been lost: nothing read before now is used without a new read.</summary>
    public void Distrust() => Volatile.Write(ref _distrustedAt, time.GetTimestamp());

    /// <summary>The copy at hand, when it is fresh and new enough.</summary>
    public bool TryGet(long minVersion, [NotNullWhen(true)] out OwnerSnapshot? snapshot)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _usedAt, now);
        var copy = Volatile.Read(ref _copy);
        if (copy is null || !IsUsable(copy, Math.Max(minVersion, Volatile.Read(ref _heard)), now))
        {
            snapshot = null;
            return false;
        }

        if (time.GetElapsedTime(copy.ReadAt, now) > RefreshAfter && Volatile.Read(ref _reading) is null)
        {
            _ = RefreshAsync();
        }

        snapshot = copy.Snapshot;
        return true;
    }

    /// <summary>Reads, together with whoever reads already.</summary>
    public async Task<OwnerSnapshot> ReadAsync(long minVersion)
    {
        // Whoever asks for a version has seen it, so it counts as heard of.
        Heard(minVersion);

        // A read that was under way may have begun before the version we need was written: then one more, begun after.
        var copy = await ReadTogetherAsync();
        return copy.Needed >= minVersion || copy.Snapshot.Version >= minVersion ? copy.Snapshot : (await ReadTogetherAsync()).Snapshot;
    }

    private bool IsUsable(Copy copy, long needed, long now)
    {
        if (copy.ReadAt <= Volatile.Read(ref _distrustedAt))
        {
            return false;
        }

        var age = time.GetElapsedTime(copy.ReadAt, now);
        return copy.Snapshot.Version >= needed ? age < MaxAge : copy.Needed >= needed && age < AskAgainAfter;
    }

    private async Task RefreshAsync()
    {
        try
        {
            await ReadTogetherAsync();
        }
        catch (Exception)
        {
            // The request that finds the copy too old reads again, and says so when it fails.
        }
    }

    private async Task<Copy> ReadTogetherAsync()
    {
        var mine = new TaskCompletionSource<Copy>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _reading, mine, null) is { } theirs)
        {
            return await theirs.Task;
        }

        try
        {
            // Timed by its start: what was distrusted or written during the read is newer than the copy.
            var startedAt = time.GetTimestamp();
            var needed = Volatile.Read(ref _heard);
            var snapshot = await readAsync();
            var copy = new Copy(snapshot, startedAt, needed);
            Volatile.Write(ref _copy, copy);
            Volatile.Write(ref _reading, null);
            instruments.OnConfigReload(ok: true);
            mine.SetResult(copy);
            return copy;
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _reading, null);
            instruments.OnConfigReload(ok: false);
            mine.SetException(exception);

            // Those who waited see it; without a waiter the runtime would report it as unobserved.
            _ = mine.Task.Exception;
            throw;
        }
    }

    /// <param name="Needed">The newest version that was known of when the read began.</param>
    private sealed record Copy(OwnerSnapshot Snapshot, long ReadAt, long Needed);
}
