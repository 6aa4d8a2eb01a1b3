using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;

namespace BeastOrleans.Gateway.Directory;

/// <summary>
/// The endpoints in use by this process, with their circuits as last told by their grains. Read without a call: a
/// closed circuit costs a request nothing. Entries are found by grain key and authorised by the selector that
/// resolved them: a plan only ever names endpoints that its user may call.
/// </summary>
internal sealed class EndpointDirectory(IGrainFactory grains, ConfigurationVersions versions, TimeProvider time) : IChangeListener
{
    /// <summary>Entries kept; when full, those unused for a quarter of an hour go, then all.</summary>
    private const int Capacity = 20_000;

    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, EndpointEntry> _entries = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, EndpointEntry>> Entries => _entries;

    /// <summary>The entry when it is known and new enough for the plan, else null: then <see cref="ResolveAsync"/>.</summary>
    public EndpointEntry? Find(string key, long minVersion) =>
        _entries.TryGetValue(key, out var entry) && entry.Descriptor.Version >= minVersion ? entry : null;

    /// <summary>The circuit of an endpoint in use here; null when it is not in use.</summary>
    public CircuitSnapshot? FindCircuit(string key) => _entries.TryGetValue(key, out var entry) ? entry.Circuit : null;

    /// <summary>Asks the user's selector how to call an endpoint of its plan; null when it exists no more.</summary>
    public async ValueTask<EndpointEntry?> ResolveAsync(TenantId tenant, UserId user, string key, CancellationToken cancellationToken)
    {
        var selector = grains.GetGrain<ISelectorGrain>(GrainKeys.Selector(tenant, user));
        var view = await selector.ResolveAsync(key, versions.OfTenant(tenant), versions.Platform).WaitAsync(cancellationToken);
        if (view is null)
        {
            _entries.TryRemove(key, out _);
            return null;
        }

        MakeRoom();
        return _entries.AddOrUpdate(
            key,
            static (_, arg) => new EndpointEntry(arg.View, arg.Now),
            static (_, known, arg) =>
            {
                if (arg.View.Descriptor.Version > known.Descriptor.Version)
                {
                    known.Replace(arg.View);
                }
                else
                {
                    known.Merge(arg.View.Circuit);
                }

                return known;
            },
            (View: view, Now: time.GetTimestamp()));
    }

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

    /// <summary>Takes the news of an endpoint's circuit, if the endpoint is in use here.</summary>
    public void Heard(string key, CircuitSnapshot circuit)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.Merge(circuit);
        }
    }

    public void OnChange(Change change)
    {
        if (change is { Kind: ChangeKind.Circuit, Circuit: { } circuit })
        {
            Heard(change.Subject, circuit);
        }
    }

    /// <summary>Transitions may have been missed: everything is resolved anew at its next use.</summary>
    public void OnResync() => _entries.Clear();
}
