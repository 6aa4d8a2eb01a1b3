using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>What every configuration write ends with: this process forgets what it outdated, and the client hears how it went.</summary>
internal sealed class ConfigurationWrites(ConfigurationVersions versions, PlanCache plans)
{
    public void Wrote(EndpointOwner owner, long version)
    {
        switch (owner.Kind)
        {
            case OwnerKind.Platform:
                versions.SawPlatform(version);
                plans.Forget(static (_, _) => true);
                break;
            case OwnerKind.Tenant:
                versions.SawTenant(owner.Tenant.Value, version);
                plans.Forget((tenant, _) => tenant == owner.Tenant);
                break;
            default:
                plans.Forget((tenant, user) => tenant == owner.Tenant && user == owner.User);
                break;
        }
    }

    /// <summary>Applies <see cref="Wrote"/> and answers with the error, if there is one.</summary>
    /// <returns>The written value; null when an error has been written to the client.</returns>
    public async Task<T?> FinishAsync<T>(HttpContext http, EndpointOwner owner, ConfigResult<T> result)
        where T : class
    {
        if (result.Error == ConfigError.None)
        {
            Wrote(owner, result.Version);
            return result.Value;
        }

        await ErrorResponses.WriteAsync(http, ErrorOf(result.Error, result.Message));
        return null;
    }

    public static GatewayError ErrorOf(ConfigError error, string message) => error switch
    {
        ConfigError.NotFound => GatewayError.NotFound(message),
        ConfigError.Conflict => GatewayError.Conflict(message),
        _ => new GatewayError(409, "invalid_request_error", "limit_reached", message),
    };
}
