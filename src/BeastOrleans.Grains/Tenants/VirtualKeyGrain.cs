using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Grains.Changes;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Tenants;

/// <summary>One virtual key. What it answers is what is stored, never what is being written.</summary>
[GrainType("virtual-key")]
internal sealed class VirtualKeyGrain(
    [PersistentState("virtual-key", StorageNames.Beast)] IPersistentState<VirtualKeyState> state,
    IRegistry registry,
    ChangePublisher publisher) : Grain, IVirtualKeyGrain
{
    private VirtualKeyState _current = new();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _current = state.State;
        return Task.CompletedTask;
    }

    public async Task<ConfigResult<KeyIdentity>> CreateAsync(KeyIdentity identity)
    {
        if (_current.Identity is { } existing)
        {
            // The same creation again is a caller that never saw our answer.
            return existing.KeyId == identity.KeyId && !_current.Revoked
                ? ConfigResult.Ok(existing, _current.Version)
                : ConfigResult.Fail<KeyIdentity>(ConfigError.Conflict, "There is such a key already: make another.");
        }

        // Listed before it works: a key that no list names could not be found to revoke it.
        await registry.AddKeyAsync(identity.KeyId, Digest, identity.Tenant, identity.User, identity.CreatedAt);
        await StoreAndTellAsync(_current with { Identity = identity });
        return ConfigResult.Ok(identity, _current.Version);
    }

    public Task<KeyIdentity?> AuthenticateAsync()
    {
        if (_current.Identity is null)
        {
            // Guessed keys must not fill the silo with activations.
            DeactivateOnIdle();
        }

        return Task.FromResult(_current.Revoked ? null : _current.Identity);
    }

    public async Task<bool> RevokeAsync()
    {
        if (_current.Identity is not { } identity)
        {
            DeactivateOnIdle();
            return false;
        }

        if (!_current.Revoked)
        {
            await StoreAndTellAsync(_current with { Revoked = true });
        }

        // Last: a list that still names a revoked key misleads nobody for long, and repeating the call mends it.
        await registry.MarkKeyRevokedAsync(identity.KeyId);
        return true;
    }

    public async Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy)
    {
        if (_current.Identity is not { } identity || _current.Revoked)
        {
            return ConfigResult.Fail<RoutePolicy>(ConfigError.NotFound, "There is no such key.");
        }

        await StoreAndTellAsync(_current with { Identity = identity with { Policy = policy } });
        return ConfigResult.Ok(policy, _current.Version);
    }

    public Task<ConfigResult<ScopeMetering>> PutBudgetKindAsync(BudgetKind kind) => PutMeteringAsync(metering => metering with { Budget = kind });

    public Task<ConfigResult<ScopeMetering>> PutLimitsAsync(RateLimits? limits) => PutMeteringAsync(metering => metering with { Limits = limits });

    public Task<ScopeMetering> GetMeteringAsync() => Task.FromResult(_current.Identity?.Metering ?? ScopeMetering.None);

    private async Task<ConfigResult<ScopeMetering>> PutMeteringAsync(Func<ScopeMetering, ScopeMetering> change)
    {
        if (_current.Identity is not { } identity || _current.Revoked)
        {
            return ConfigResult.Fail<ScopeMetering>(ConfigError.NotFound, "There is no such key.");
        }

        var metering = change(identity.Metering);
        if (metering != identity.Metering)
        {
            await StoreAndTellAsync(_current with { Identity = identity with { Metering = metering } });
        }

        return ConfigResult.Ok(metering, _current.Version);
    }

    private string Digest => this.GetPrimaryKeyString()[2..];

    private async Task StoreAndTellAsync(VirtualKeyState next)
    {
        next = next with { Version = next.Version + 1 };
        await state.ReplaceAsync(next);
        _current = next;
        await publisher.PublishAsync(new Change { Kind = ChangeKind.Key, Subject = Digest, Version = next.Version });
    }
}
