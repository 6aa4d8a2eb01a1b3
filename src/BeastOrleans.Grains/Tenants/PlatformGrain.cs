using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.Grains.Tenants;

/// <summary>Carries the operator's configuration: an owner like others, with prices and the admin key beside.</summary>
[GrainType("platform")]
internal sealed class PlatformGrain : Grain, IPlatformGrain
{
    /// <summary>The most models that the operator prices; every silo holds them all.</summary>
    internal const int MaxPrices = 2_000;

    private const string AdminKeyPrefix = "bsa_";

    private readonly IPersistentState<PlatformState> _state;
    private readonly OwnerWriter _writer;
    private readonly TimeProvider _time;

    // As stored, like the writer's own: a snapshot that interleaves with a write must not show what may yet fail.
    private PriceEntry[] _prices = [];

    public PlatformGrain(
        [PersistentState("platform", StorageNames.Beast)] IPersistentState<PlatformState> state, OwnerServices services)
    {
        _state = state;
        _time = services.Time;
        _writer = new OwnerWriter(
            EndpointOwner.Platform, services, next => _state.ReplaceAsync(_state.State with { Configuration = next }));
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _writer.Load(_state.State.Configuration);
        _prices = _state.State.Prices;
        return Task.CompletedTask;
    }

    public Task<OwnerSnapshot> GetSnapshotAsync() => Task.FromResult(_writer.Current.ToSnapshot() with { Prices = PriceVersions.FromNowOn(_prices, _time.GetUtcNow()) });

    public Task<ConfigResult<CustomModelInfo>> RegisterModelAsync(CustomModelRegistration registration) =>
        _writer.RegisterModelAsync(registration);

    public Task<ConfigResult<CustomModelInfo>> PatchModelAsync(string name, CustomModelPatch patch) =>
        _writer.PatchModelAsync(name, patch);

    public Task<ConfigResult<CustomModelInfo>> RemoveModelAsync(string name) => _writer.RemoveModelAsync(name);

    public Task<ConfigResult<ProviderInfo>> PutProviderAsync(ProviderRegistration registration) =>
        _writer.PutProviderAsync(registration);

    public Task<ConfigResult<ProviderInfo>> RemoveProviderAsync(string provider) => _writer.RemoveProviderAsync(provider);

    public Task<ProviderInfo[]> GetProvidersAsync() => Task.FromResult(_writer.GetProviders());

    public Task<string[]> RewrapCredentialsAsync(string? keyId) => _writer.RewrapAsync(keyId);

    public Task<ConfigResult<RoutePolicy>> PutPolicyAsync(RoutePolicy policy) => _writer.PutPolicyAsync(policy);

    public async Task<ConfigResult<PriceEntry>> PutPriceAsync(string modelId, ModelPrice price, DateTimeOffset? effectiveFrom = null)
    {
        var now = _time.GetUtcNow();
        if (effectiveFrom < now)
        {
            return ConfigResult.Fail<PriceEntry>(ConfigError.Conflict, "A price takes effect now or later: what is booked keeps the price that it was booked at.");
        }

        var result = await StoreAsync([new PriceEntry { ModelId = modelId, Price = price, Version = "", EffectiveFrom = effectiveFrom ?? now }]);
        return result.Error == ConfigError.None
            ? ConfigResult.Ok(result.Value![0], result.Version)
            : ConfigResult.Fail<PriceEntry>(result.Error, result.Message);
    }

    public Task<ConfigResult<PriceEntry[]>> ImportPricesAsync(ImportedPrice[] prices)
    {
        var now = _time.GetUtcNow();
        var table = PriceTable.With(_prices);
        var changed = prices.Where(one => table.FindEntry(one.ModelId, now) is not { } before
            || before.Price != one.Price || before.ContextTokens != one.ContextTokens || before.MaxOutputTokens != one.MaxOutputTokens);
        return StoreAsync([.. changed.Select(one => new PriceEntry
        {
            ModelId = one.ModelId,
            Price = one.Price,
            Version = "",
            EffectiveFrom = now,
            ContextTokens = one.ContextTokens,
            MaxOutputTokens = one.MaxOutputTokens,
        })]);
    }

    public Task<PriceEntry[]> GetPriceVersionsAsync(string? modelId) => Task.FromResult<PriceEntry[]>(
        [.. _prices.Where(entry => modelId is null || entry.ModelId == modelId).OrderBy(entry => entry.ModelId, StringComparer.Ordinal).ThenBy(entry => entry.EffectiveFrom)]);

    // One write however many, and one version number each.
    private async Task<ConfigResult<PriceEntry[]>> StoreAsync(PriceEntry[] entries)
    {
        var prices = _prices;
        var version = _state.State.PriceVersion;
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = entries[i] with { Version = string.Create(CultureInfo.InvariantCulture, $"prices:{++version}") };
            prices = PriceVersions.With(prices, entries[i]);
        }

        if (entries.Length == 0)
        {
            return ConfigResult.Ok(entries, _writer.Current.Version);
        }

        if (prices.Select(entry => entry.ModelId).Distinct(StringComparer.Ordinal).Count() > MaxPrices)
        {
            return ConfigResult.Fail<PriceEntry[]>(ConfigError.LimitReached, $"At most {MaxPrices} models can be priced.");
        }

        await _writer.StoreAndTellAsync(_writer.Current with { Version = _writer.Current.Version + 1 }, async next =>
        {
            await _state.ReplaceAsync(_state.State with { Configuration = next, Prices = prices, PriceVersion = version });
            _prices = prices;
        });
        return ConfigResult.Ok(entries, _writer.Current.Version);
    }

    public Task<PriceEntry[]> GetPricesAsync() => Task.FromResult(PriceTable.With(_prices).Entries(_time.GetUtcNow()));

    public async Task<string?> EnsureAdminKeyAsync(bool reset)
    {
        if (_state.State.AdminKeyHash is not null && !reset)
        {
            return null;
        }

        var key = AdminKeyPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        await _state.ReplaceAsync(_state.State with { AdminKeyHash = hash });
        return key;
    }

    public Task<string?> GetAdminKeyHashAsync() => Task.FromResult(_state.State.AdminKeyHash);
}
