using System.Collections.Concurrent;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;

namespace BeastOrleans.Gateway.Events;

/// <summary>
/// What happens to a tenant, told to whoever listens at <c>GET /api/events</c>. While nobody does, a request pays one read of a
/// number. Circuits come from the change feed, so from the whole cluster; requests are those of this process.
/// </summary>
internal sealed class EventFeed(GatewayInstruments instruments, TimeProvider time) : IChangeListener
{
    /// <summary>Connections of one tenant; each costs a task and at most <see cref="EventListener.Capacity"/> events.</summary>
    public const int MaxPerTenant = 20;

    private const int MaxKnownCircuits = 20_000;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, EventListener[]> _listeners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CircuitState> _circuits = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Somebody listens, to whatever tenant.</summary>
    public bool IsHeard => Volatile.Read(ref _count) != 0;

    /// <param name="user">Only what concerns this user; null = the whole tenant.</param>
    /// <returns>Null when the tenant has <see cref="MaxPerTenant"/> already.</returns>
    public EventListener? Listen(TenantId tenant, string? user)
    {
        lock (_gate)
        {
            var known = _listeners.GetValueOrDefault(tenant.Value, []);
            if (known.Length >= MaxPerTenant)
            {
                return null;
            }

            var listener = new EventListener(user);
            _listeners[tenant.Value] = [.. known, listener];
            Interlocked.Increment(ref _count);
            instruments.EventListening(begins: true);
            return listener;
        }
    }

    public void Leave(TenantId tenant, EventListener listener)
    {
        lock (_gate)
        {
            var rest = Array.FindAll(_listeners.GetValueOrDefault(tenant.Value, []), one => one != listener);
            if (rest.Length > 0)
            {
                _listeners[tenant.Value] = rest;
            }
            else
            {
                _listeners.TryRemove(tenant.Value, out _);
            }

            instruments.EventListening(begins: false);
            if (Interlocked.Decrement(ref _count) == 0)
            {
                _circuits.Clear();
            }
        }
    }

    /// <summary>A request was booked. Called only while <see cref="IsHeard"/>.</summary>
    public void RequestEnded(Exchange exchange, RequestSummary summary)
    {
        if (!_listeners.TryGetValue(exchange.Caller.Tenant.Value, out var listeners))
        {
            return;
        }

        var at = time.GetUtcNow();
        var user = exchange.User.Value;
        var saved = summary.Baseline is { } baseline ? (decimal?)(baseline - summary.Cost).ToUsd() : null;
        var request = new FeedEvent("request", user, new
        {
            requestId = exchange.RequestId,
            at,
            user,
            requested = summary.Requested,
            served = summary.Served,
            type = summary.ServedType is { } type ? Wire.Of(type) : null,
            status = summary.Status,
            fallbackReason = summary.FallbackReason == FailureReason.None ? null : Wire.Of(summary.FallbackReason),
            attempts = exchange.Attempts.Count,
            ms = summary.DurationMs,
            costUsd = summary.Cost.ToUsd(),
            savedUsd = saved,
        })
        { CostUsd = summary.Cost.ToUsd(), SavedUsd = saved ?? 0 };
        Tell(listeners, request);
        if (summary.FallbackFrom is { } from)
        {
            Tell(listeners, new FeedEvent("fallback", user, new { requestId = exchange.RequestId, at, user, from, to = summary.Served, reason = Wire.Of(summary.FallbackReason) }));
        }
    }

    public void OnChange(Change change)
    {
        if (!IsHeard
            || change is not { Kind: ChangeKind.Circuit, Circuit: { } circuit }
            || !GrainKeys.TryParseEndpoint(change.Subject, out var owner, out var model)
            || owner.Kind == OwnerKind.Platform
            || !_listeners.TryGetValue(owner.Tenant.Value, out var listeners))
        {
            return;
        }

        if (_circuits.TryGetValue(change.Subject, out var before) && before == circuit.State)
        {
            return;
        }

        if (_circuits.Count >= MaxKnownCircuits)
        {
            _circuits.Clear();
        }

        _circuits[change.Subject] = circuit.State;
        var user = owner.Kind == OwnerKind.User ? owner.User.Value : null;
        Tell(listeners, new FeedEvent("circuit", user, new { at = time.GetUtcNow(), modelId = model.ToString(), owner = Wire.Of(owner.Kind), user, state = Wire.Of(circuit.State) }));
    }

    /// <summary>Circuits that changed meanwhile are told with their next change.</summary>
    public void OnResync() => _circuits.Clear();

    private void Tell(EventListener[] listeners, FeedEvent happened)
    {
        foreach (var listener in listeners)
        {
            if (!listener.Offer(happened))
            {
                instruments.EventsDropped(1);
            }
        }
    }
}
