using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Diagnostics;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Selection;

/// <summary>
/// The silo's copies of tenant and platform configuration, so that a plan costs no call. A copy is read again when the
/// request has seen a newer one, when the change feed says so, and after 15 s in any case.
/// </summary>
internal sealed partial class ConfigurationCache(IGrainFactory grains, GrainInstruments instruments, TimeProvider time, ILogger<ConfigurationCache> logger) : IChangeListener
{
    public const int MaxTenants = 50_000;

    private const int EvictAtOnce = MaxTenants / 10;

    private readonly ConcurrentDictionary<string, CachedConfiguration> _tenants = new(StringComparer.Ordinal);
    private readonly CachedConfiguration _platform = new(
        () => grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetSnapshotAsync(), instruments, time);

    private int _count;
    private int _evicting;

    /// <exception cref="TimeoutException">Nothing usable is cached and the tenant's grain does not answer.</exception>
    public ValueTask<OwnerSnapshot> GetTenantAsync(TenantId tenant, long minVersion)
    {
        if (!_tenants.TryGetValue(tenant.Value, out var cached))
        {
            cached = Add(tenant);
        }

        return GetAsync(cached, minVersion);
    }

    /// <exception cref="TimeoutException">Nothing usable is cached and the platform's grain does not answer.</exception>
    public ValueTask<OwnerSnapshot> GetPlatformAsync(long minVersion) => GetAsync(_platform, minVersion);

    public void OnChange(Change change)
    {
        if (change.Kind == ChangeKind.Platform)
        {
            _platform.Heard(change.Version);
        }
        else if (change.Kind == ChangeKind.Tenant && _tenants.TryGetValue(change.Subject, out var cached))
        {
            cached.Heard(change.Version);
        }
    }

    public void OnResync()
    {
        _platform.Distrust();
        foreach (var (_, cached) in _tenants)
        {
            cached.Distrust();
        }
    }

    private async ValueTask<OwnerSnapshot> GetAsync(CachedConfiguration cached, long minVersion)
    {
        if (cached.TryGet(minVersion, out var snapshot))
        {
            return snapshot;
        }

        try
        {
            return await cached.ReadAsync(minVersion);
        }
        catch (Exception exception) when (cached.Last is not null)
        {
            // A plan from configuration at most five minutes old beats no plan; past that the caller sees the failure.
            LogServedOld(logger, exception);
            return cached.Last;
        }
    }

    private CachedConfiguration Add(TenantId tenant)
    {
        var made = new CachedConfiguration(() => grains.GetGrain<ITenantGrain>(GrainKeys.Tenant(tenant)).GetSnapshotAsync(), instruments, time);
        var cached = _tenants.GetOrAdd(tenant.Value, made);
        if (ReferenceEquals(made, cached) && Interlocked.Increment(ref _count) > MaxTenants)
        {
            Evict();
        }

        return cached;
    }

    // In bulk and by one caller at a time: the scan is paid once in five thousand new tenants.
    private void Evict()
    {
        if (Interlocked.Exchange(ref _evicting, 1) == 1)
        {
            return;
        }

        foreach (var (tenant, _) in _tenants.OrderBy(pair => pair.Value.UsedAt).Take(EvictAtOnce))
        {
            if (_tenants.TryRemove(tenant, out _))
            {
                Interlocked.Decrement(ref _count);
            }
        }

        Volatile.Write(ref _evicting, 0);
    }
}
