using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Usage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace BeastOrleans.Grains.Credentials;

/// <summary>Finds the holders in the registry and asks each: the grain that keeps a credential is the only one that writes it.</summary>
[GrainType("key-rotation"), StatelessWorker]
internal sealed partial class KeyRotationGrain(IRegistryReader registry, ILogger<KeyRotationGrain> logger) : Grain, IKeyRotationGrain
{
    /// <summary>Asked at a time: each may be an activation and a write.</summary>
    private const int PageSize = 50;

    private const string Tenants = "tenants";
    private const string Users = "users";
    private const string Endpoints = "endpoints";

    public async Task<KeyRotationPage> SweepAsync(string? cursor, string? rewrapTo)
    {
        if (cursor is null)
        {
            var platform = GrainFactory.GetGrain<IPlatformGrain>(GrainKeys.Platform);
            return await AskAsync([() => platform.RewrapCredentialsAsync(rewrapTo)], Tenants + ":");
        }

        var (kind, after) = Parse(cursor);
        RegistryEntry[] entries = kind switch
        {
            Tenants => await registry.ListTenantsAsync(after, PageSize),
            Users => await registry.ListUsersAsync(after, PageSize),
            _ => await registry.ListEndpointsAsync(after, PageSize),
        };
        var next = entries.Length == PageSize ? $"{kind}:{entries[^1].Id}" : NextKind(kind);
        return await AskAsync(Array.ConvertAll(entries, entry => Holder(kind, entry.Id, rewrapTo)), next);
    }

    private Func<Task<string[]>> Holder(string kind, string id, string? rewrapTo) => kind switch
    {
        Tenants => () => GrainFactory.GetGrain<ITenantGrain>(GrainKeys.Tenant(TenantId.Parse(id))).RewrapCredentialsAsync(rewrapTo),
        Users => () => GrainFactory.GetGrain<ISelectorGrain>(id).RewrapCredentialsAsync(rewrapTo),
        _ => () => GrainFactory.GetGrain<IEndpointGrain>(id).RewrapCredentialAsync(rewrapTo),
    };

    private async Task<KeyRotationPage> AskAsync(Func<Task<string[]>>[] holders, string? next)
    {
        var failed = 0;
        var answers = await Task.WhenAll(holders.Select(async ask =>
        {
            try
            {
                return await ask();
            }
            catch (Exception e)
            {
                // The others must not wait for it: it is counted, and the sweep is run again.
                LogFailed(e);
                failed++;
                return [];
            }
        }));
        return new KeyRotationPage { KeyIds = [.. answers.SelectMany(ids => ids)], Failed = failed, Next = next };
    }

    private static (string Kind, string? After) Parse(string cursor)
    {
        var colon = cursor.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? throw new ArgumentException("Not a cursor of this sweep.") : (cursor[..colon], colon + 1 < cursor.Length ? cursor[(colon + 1)..] : null);
    }

    private static string? NextKind(string kind) => kind switch
    {
        Tenants => Users + ":",
        Users => Endpoints + ":",
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "A holder of credentials could not be asked for its keys")]
    private partial void LogFailed(Exception exception);
}
