using System.Security.Cryptography;
using System.Text;
using BeastOrleans.Contracts.Changes;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Authentication;

/// <summary>The operator's key: the configured one, else the one whose digest the platform keeps.</summary>
internal sealed class AdminAuthenticator(IGrainFactory grains, IOptions<GatewayOptions> options) : IChangeListener
{
    private readonly byte[]? _configured = options.Value.AdminKey is { } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
    private volatile byte[]? _stored;

    /// <returns>Null when the secret is the admin key, else the error to answer with.</returns>
    public async ValueTask<GatewayError?> AuthenticateAsync(ReadOnlyMemory<char> secret, CancellationToken cancellationToken)
    {
        const int MaxLength = 1024;
        if (secret.Length > MaxLength)
        {
            return Refused();
        }

        var presented = SHA256.HashData(Encoding.UTF8.GetBytes(secret.ToArray()));
        var expected = _configured ?? _stored ?? await ReadStoredAsync(cancellationToken);
        return expected is not null && CryptographicOperations.FixedTimeEquals(presented, expected) ? null : Refused();
    }

    private async Task<byte[]?> ReadStoredAsync(CancellationToken cancellationToken)
    {
        var hex = await grains.GetGrain<IPlatformGrain>(GrainKeys.Platform).GetAdminKeyHashAsync().WaitAsync(cancellationToken);
        return _stored = hex is null ? null : Convert.FromHexString(hex);
    }

    private static GatewayError Refused() => GatewayError.Unauthorized("That is not the admin key.");

    public void OnChange(Change change)
    {
        if (change.Kind == ChangeKind.Platform)
        {
            _stored = null;
        }
    }

    public void OnResync() => _stored = null;
}
