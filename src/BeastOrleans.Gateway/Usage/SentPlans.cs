using System.Collections.Concurrent;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Plans that went along with a ledger row lately. Each goes again after half a day: the ledger forgets those that no row has
/// brought for a week. When full it starts anew and some are sent twice, which is absorbed.
/// </summary>
internal sealed class SentPlans(TimeProvider time)
{
    private const int Most = 10_000;

    private static readonly TimeSpan SendAgainAfter = TimeSpan.FromHours(12);

    private readonly ConcurrentDictionary<string, long> _sentAt = new(StringComparer.Ordinal);

    public bool Knows(string hash) => _sentAt.TryGetValue(hash, out var at) && time.GetElapsedTime(at) < SendAgainAfter;

    /// <summary>False when it was sent lately; else it is taken for sent now.</summary>
    public bool Add(string hash)
    {
        if (Knows(hash))
        {
            return false;
        }

        if (_sentAt.Count >= Most)
        {
            _sentAt.Clear();
        }

        _sentAt[hash] = time.GetTimestamp();
        return true;
    }
}
