using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.Gateway.Directory;

/// <summary>
/// The newest configuration versions this process has heard of. They travel with each plan request, so that a silo
/// with an older cached copy reads again: a caller always sees its own write, whichever silo answers.
/// </summary>
internal sealed class ConfigurationVersions : IChangeListener
{
    /// <summary>More tenants than this and the map starts anew: versions only save a stale second, caches expire by themselves.</summary>
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<string, long> _tenants = new(StringComparer.Ordinal);
    private long _platform;

    public long Platform => Interlocked.Read(ref _platform);

    public long OfTenant(TenantId tenant) => _tenants.TryGetValue(tenant.Value, out var version) ? version : 0;

    public void SawTenant(string tenant, long version)
    {
        if (_tenants.Count >= Capacity)
        {
            _tenants.Clear();
        }

        _tenants.AddOrUpdate(tenant, version, (_, known) => Math.Max(known, version));
    }

    public void SawPlatform(long version)
    {
        long known;
        while (version > (known = Interlocked.Read(ref _platform)) && Interlocked.CompareExchange(ref _platform, version, known) != known)
        {
        }
    }

    public void OnChange(Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Tenant:
                SawTenant(change.Subject, change.Version);
                break;
            case ChangeKind.Platform:
                SawPlatform(change.Version);
                break;
            default:
                break;
        }
    }

    public void OnResync()
    {
        // Nothing to drop: versions only grow.
    }
}
