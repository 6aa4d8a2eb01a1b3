using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>
/// Virtual keys, cached by their full digest. A revocation is pushed and takes effect at once; should the push be
/// lost, an entry is read again after <see cref="FreshFor"/>. When the key's grain does not answer, what is known
/// holds for <see cref="HoldFor"/>, then the key is refused: authentication fails closed. A request with a key that is known
/// waits for the grain no longer than <see cref="Patience"/>, so a frozen silo does not slow its users down.
/// </summary>
internal sealed partial class KeyAuthenticator(IGrainFactory grains, ControlCalls calls, TimeProvider time, ILogger<KeyAuthenticator> logger) : IChangeListener
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan HoldFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(5);

    /// <summary>Entries of each cache; a full one is emptied, which costs look-ups but never an answer.</summary>
    private const int Capacity = 100_000;

    /// <summary>Look-ups of keys not in the cache, per second and process: a flood of made-up keys ends here.</summary>
    private const int MaxMissesPerSecond = 2_000;

    private readonly ConcurrentDictionary<KeyDigest, Entry> _known = new();
    private readonly ConcurrentDictionary<KeyDigest, long> _unknown = new();
    private long _missSecond;
    private int _missesInSecond;

    /// <summary>Counts revocations, so that a look-up that was under way when one came is not cached.</summary>
    private long _changes;

    public ValueTask<AuthenticationResult> AuthenticateAsync(ReadOnlyMemory<char> secret, CancellationToken cancellationToken)
    {
        if (!VirtualKeySecret.TryDigest(secret.Span, out var digest))
        {
            return new(AuthenticationResult.Refused("That is not a key of this gateway: keys start with 'bst_' and have a checksum. Check that it was copied whole."));
        }

        if (_known.TryGetValue(digest, out var entry) && time.GetElapsedTime(entry.ReadAt) < FreshFor)
        {
            return new(Judge(entry.Key));
        }

        if (_unknown.TryGetValue(digest, out var since) && time.GetElapsedTime(since) < UnknownFor)
        {
            return new(AuthenticationResult.Unknown);
        }

        return new(LookUpAsync(digest, entry, cancellationToken));
    }

    private async Task<AuthenticationResult> LookUpAsync(KeyDigest digest, Entry? stale, CancellationToken cancellationToken)
    {
        if (stale is null && !TakeMiss())
        {
            return new AuthenticationResult(null, GatewayError.TooMany("Too many unknown keys are being tried.", TimeSpan.FromSeconds(1)));
        }

        var held = stale is not null && time.GetElapsedTime(stale.ReadAt) < HoldFor ? stale : null;
        var asking = held is null ? AskAsync(digest) : held.AskOnce(() => AskAsync(digest));
        try
        {
            var key = held is null ? await asking.WaitAsync(cancellationToken) : await asking.WaitAsync(Patience, time, cancellationToken);
            return key is null ? AuthenticationResult.Unknown : Judge(key);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The question goes on by itself and its answer is kept when it comes.
            LogLookUpFailed(e);
            return held is not null
                ? Judge(held.Key)
                : new AuthenticationResult(null, GatewayError.Unavailable("The key could not be checked just now.", "authentication_unavailable"));
        }
    }

    private async Task<KeyIdentity?> AskAsync(KeyDigest digest)
    {
        var changes = Interlocked.Read(ref _changes);
        var key = await calls.AskAsync(
            static grain => grain.AuthenticateAsync(), grains.GetGrain<IVirtualKeyGrain>(GrainKeys.VirtualKey(digest.ToHex())), CancellationToken.None);
        if (key is null)
        {
            _known.TryRemove(digest, out _);
            Remember(_unknown, digest, time.GetTimestamp());
        }
        else if (Interlocked.Read(ref _changes) == changes)
        {
            Remember(_known, digest, new Entry(key, time.GetTimestamp()));
        }

        return key;
    }

    private AuthenticationResult Judge(KeyIdentity key) =>
        key.ExpiresAt is { } end && end <= time.GetUtcNow()
            ? AuthenticationResult.Refused($"This key expired at {end.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z.")
            : new AuthenticationResult(key, null);

    private static void Remember<T>(ConcurrentDictionary<KeyDigest, T> cache, KeyDigest digest, T value)
    {
        if (cache.Count >= Capacity)
        {
            cache.Clear();
        }

        cache[digest] = value;
    }

    private bool TakeMiss()
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        if (Interlocked.Exchange(ref _missSecond, second) != second)
        {
            Volatile.Write(ref _missesInSecond, 0);
        }

        return Interlocked.Increment(ref _missesInSecond) <= MaxMissesPerSecond;
    }

    /// <summary>The next use of this key (its digest in hex) asks its grain again.</summary>
    public void Forget(string digestHex)
    {
        if (KeyDigest.TryParseHex(digestHex, out var digest))
        {
            Interlocked.Increment(ref _changes);
            _known.TryRemove(digest, out _);
            _unknown.TryRemove(digest, out _);
        }
    }

    public void OnChange(Change change)
    {
        if (change.Kind == ChangeKind.Key)
        {
            Forget(change.Subject);
        }
    }

    public void OnResync()
    {
        Interlocked.Increment(ref _changes);

        // Marked as old rather than dropped: if the grains do not answer, the entries still hold for a while.
        var stale = time.GetTimestamp() - (long)(FreshFor.TotalSeconds * time.TimestampFrequency);
        foreach (var (digest, entry) in _known)
        {
            _known.TryUpdate(digest, entry with { ReadAt = Math.Min(entry.ReadAt, stale) }, entry);
        }

        _unknown.Clear();
    }

    private sealed record Entry(KeyIdentity Key, long ReadAt)
    {
        private Task<KeyIdentity?>? _asking;

        /// <summary>The question under way, or a new one: those who wait for a silent grain do not ask it once each.</summary>
        public Task<KeyIdentity?> AskOnce(Func<Task<KeyIdentity?>> ask)
        {
            if (_asking is { IsCompleted: false } underWay)
            {
                return underWay;
            }

            var asking = ask();
            _asking = asking;

            // Nobody may be left to see it fail; those who waited were told.
            asking.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return asking;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A virtual key could not be looked up")]
    private partial void LogLookUpFailed(Exception exception);
}

/// <summary>A key, or the error to answer with.</summary>
internal readonly record struct AuthenticationResult(KeyIdentity? Key, GatewayError? Error)
{
    public static AuthenticationResult Unknown { get; } = Refused("This key is unknown or was revoked.");

    public static AuthenticationResult Refused(string message) => new(null, GatewayError.Unauthorized(message));
}
