using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Core.Circuit;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Directory;

/// <summary>
/// The endpoints in use by this process, with their circuits as last told by their grains. Read without a call: a
/// closed circuit costs a request nothing. Entries are found by grain key and authorised by the selector that
/// resolved them: a plan only ever names endpoints that its user may call.
/// </summary>
internal sealed partial class EndpointDirectory(
    IGrainFactory grains, ConfigurationVersions versions, ControlCalls calls, TimeProvider time, ILogger<EndpointDirectory> logger) : IChangeListener
{
    /// <summary>Entries kept; when full, those unused for a quarter of an hour go, then all.</summary>
    private const int Capacity = 20_000;

    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, EndpointEntry> _entries = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, EndpointEntry>> Entries => _entries;

    /// <summary>
    /// The entry when it is known and new enough for the plan, else null: then <see cref="ResolveAsync"/>. One whose news
    /// may have been missed is used at once and heard anew in the background.
    /// </summary>
    public EndpointEntry? Find(TenantId tenant, UserId user, string key, long minVersion)
    {
        if (!_entries.TryGetValue(key, out var entry) || entry.Descriptor.Version < minVersion)
        {
            return null;
        }

        if (!entry.NeedsHearing(time))
        {
            return entry;
        }

        if (!entry.IsUsable(time))
        {
            return null;
        }

        if (entry.TryBeginAsking(time))
        {
            _ = HearAsync(entry, tenant, user, key);
        }

        return entry;
    }

    /// <summary>The circuit of an endpoint in use here; null when it is not in use.</summary>
    public CircuitSnapshot? FindCircuit(string key) => _entries.TryGetValue(key, out var entry) ? entry.Circuit : null;

    /// <summary>Whether the endpoint could be called now without a permit, as far as this process knows; unknown = yes.</summary>
    public bool StandsReady(string key, DateTimeOffset now) =>
        !_entries.TryGetValue(key, out var entry)
        || entry.Local.Evaluate(entry.Circuit, now, entry.Descriptor.Version).Kind == LocalAdmissionKind.Pass;

    /// <summary>How an endpoint stands, for people: its grain is asked when it was not heard lately, and for a moment only.</summary>
    public async Task<EndpointHealth> ReadHealthAsync(string key, CancellationToken cancellationToken)
    {
        _entries.TryGetValue(key, out var entry);
        if (entry is not null && !entry.IsStale(time))
        {
            return new EndpointHealth(entry.Circuit, entry.Local, entry.HeardAgo(time), IsStale: false);
        }

        try
        {
            var circuit = await AskCircuitAsync(key, cancellationToken).AsTask().WaitAsync(PlanCache.Patience, time, cancellationToken);
            entry?.Heard(circuit, time.GetTimestamp());
            return new EndpointHealth(circuit, entry?.Local, TimeSpan.Zero, IsStale: false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotHeard(e);
            return new EndpointHealth(entry?.Circuit ?? CircuitSnapshot.Initial, entry?.Local, entry?.HeardAgo(time), IsStale: true);
        }
    }

    /// <summary>Asks the user's selector how to call an endpoint of its plan; null when it exists no more.</summary>
    public async ValueTask<EndpointEntry?> ResolveAsync(TenantId tenant, UserId user, string key, CancellationToken cancellationToken)
    {
        var selector = grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(tenant, user));
        var view = await calls.AskAsync(
            static ask => ask.Selector.ResolveAsync(ask.Key, ask.Tenant, ask.Platform),
            (Selector: selector, Key: key, Tenant: versions.OfTenant(tenant), versions.Platform),
            cancellationToken);
        if (view is null)
        {
            _entries.TryRemove(key, out _);
            return null;
        }

        MakeRoom();
        var now = time.GetTimestamp();
        var entry = _entries.GetOrAdd(key, static (_, arg) => new EndpointEntry(arg.View, arg.Now), (View: view, Now: now));
        entry.Replace(view);
        entry.Heard(view.Circuit, now);
        entry.Confirm();
        return entry;
    }

    /// <summary>Takes the news of an endpoint's circuit, if the endpoint is in use here.</summary>
    public void Heard(string key, CircuitSnapshot circuit)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.Heard(circuit, time.GetTimestamp());
        }
    }

    public void OnChange(Change change)
    {
        if (change is { Kind: ChangeKind.Circuit, Circuit: { } circuit })
        {
            Heard(change.Subject, circuit);
        }
    }

    /// <summary>
    /// News may have been missed. Nothing is dropped: resyncs come when silos go and come, and dropping would make every
    /// endpoint's next request wait for just those silos.
    /// </summary>
    public void OnResync()
    {
        var now = time.GetTimestamp();
        foreach (var (_, entry) in _entries)
        {
            entry.MarkUnconfirmed(now);
        }
    }

    // In the background: the request that noticed goes on with what is known. Never throws.
    private async Task HearAsync(EndpointEntry entry, TenantId tenant, UserId user, string key)
    {
        try
        {
            if (entry.IsUnconfirmed)
            {
                await ResolveAsync(tenant, user, key, CancellationToken.None);
            }
            else
            {
                entry.Heard(await AskCircuitAsync(key, CancellationToken.None), time.GetTimestamp());
            }
        }
        catch (Exception e)
        {
            LogNotHeard(e);
        }
        finally
        {
            entry.EndAsking();
        }
    }

    private ValueTask<CircuitSnapshot> AskCircuitAsync(string key, CancellationToken cancellationToken) =>
        calls.AskAsync(static endpoint => endpoint.GetCircuitAsync(), grains.GetGrain<IEndpointGrain>(key), cancellationToken);

    private void MakeRoom()
    {
        if (_entries.Count < Capacity)
        {
            return;
        }

        foreach (var (key, entry) in _entries)
        {
            if (time.GetElapsedTime(entry.UsedAt) > IdleFor)
            {
                _entries.TryRemove(key, out _);
            }
        }

        if (_entries.Count >= Capacity)
        {
            _entries.Clear();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "An endpoint's grain did not answer; its last known circuit is used")]
    private partial void LogNotHeard(Exception exception);
}
