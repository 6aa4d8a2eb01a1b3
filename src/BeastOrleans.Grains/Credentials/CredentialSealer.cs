using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;

namespace BeastOrleans.Grains.Credentials;

/// <summary>
/// Envelope encryption of credentials: AES-256-GCM under a random data key per credential, the data key wrapped by the ring's
/// current key-encryption key. Both layers authenticate owner, name, origin and version, so a sealed credential that is
/// copied to another owner's record, or pointed at another host, does not open.
/// </summary>
internal sealed class CredentialSealer(MasterKeys keys)
{
    public CredentialSealer(MasterKeyRing ring)
        : this(new MasterKeys(ring))
    {
    }

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MaxSecretBytes = 16 * 1024;

    /// <summary>What <c>owner</c> is for the sealer: unlike any other owner's text, whatever characters a user id holds.</summary>
    public static string OwnerText(EndpointOwner owner) => owner.Kind switch
    {
        OwnerKind.Platform => GrainKeys.Platform,
        OwnerKind.Tenant => GrainKeys.Tenant(owner.Tenant),
        _ => GrainKeys.Selector(owner.Tenant, owner.User),
    };

    /// <summary>Scheme, host and port: what a credential is bound to.</summary>
    public static string OriginOf(Uri address)
    {
        var host = address.HostNameType == UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost;
        return $"{address.Scheme}://{host}:{address.Port}".ToLowerInvariant();
    }

    /// <param name="owner">See <see cref="OwnerText"/>.</param>
    /// <param name="name">The credential's name among its owner's, e.g. <c>openai</c> or <c>custom:my-model</c>.</param>
    /// <param name="origin">See <see cref="OriginOf"/>.</param>
    /// <param name="version">The owner's configuration version: an older sealed credential cannot be put back as a newer one.</param>
    /// <exception cref="ArgumentException">The secret is empty or longer than 16 KiB.</exception>
    public SealedCredential Seal(string secret, string owner, string name, string origin, long version)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        var plain = Encoding.UTF8.GetBytes(secret);
        var dataKey = RandomNumberGenerator.GetBytes(MasterKeyRing.KeyBytes);
        try
        {
            if (plain.Length > MaxSecretBytes)
            {
                throw new ArgumentException($"A credential has at most {MaxSecretBytes} bytes.", nameof(secret));
            }

            // The ring holds its current key: it refused to load otherwise.
            var ring = keys.Current;
            ring.TryGet(ring.CurrentId, out var masterKey);
            var bound = AssociatedData(owner, name, origin, version);
            return new SealedCredential
            {
                KeyId = ring.CurrentId,
                WrappedKey = Convert.ToBase64String(Encrypt(masterKey, dataKey, bound)),
                Ciphertext = Convert.ToBase64String(Encrypt(dataKey, plain, bound)),
                Origin = origin,
                Version = version,
                Last4 = LastCharacters(secret),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    /// <summary>Opens a credential for a call to <paramref name="origin"/> on behalf of <paramref name="owner"/>.</summary>
    public CredentialOpening Open(SealedCredential credential, string owner, string name, string origin)
    {
        if (!string.Equals(credential.Origin, origin, StringComparison.Ordinal))
        {
            return new CredentialOpening { Error = CredentialError.OtherOrigin };
        }

        // Another silo may have sealed it under a key that came into the file a moment ago.
        if (!keys.Current.TryGet(credential.KeyId, out var masterKey) && !keys.Refresh().TryGet(credential.KeyId, out masterKey))
        {
            return new CredentialOpening { Error = CredentialError.UnknownKey };
        }

        byte[]? dataKey = null;
        byte[]? plain = null;
        try
        {
            var bound = AssociatedData(owner, name, origin, credential.Version);
            dataKey = Decrypt(masterKey, credential.WrappedKey, bound);
            plain = Decrypt(dataKey, credential.Ciphertext, bound);
            return new CredentialOpening { Secret = Encoding.UTF8.GetString(plain) };
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return new CredentialOpening { Error = CredentialError.NotAuthentic };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>
    /// The same credential with its data key under key <paramref name="keyId"/>; the secret itself is not touched. The very same
    /// object when it is under that key already, or does not open.
    /// </summary>
    /// <exception cref="MasterKeyException">This silo does not seal under that key: its file is another, or has not changed yet.</exception>
    public SealedCredential Rewrap(SealedCredential credential, string owner, string name, string keyId)
    {
        if (credential.KeyId == keyId)
        {
            return credential;
        }

        var ring = keys.Refresh();
        if (ring.CurrentId != keyId || !ring.TryGet(keyId, out var to))
        {
            throw new MasterKeyException($"This silo seals under '{ring.CurrentId}', not '{keyId}': its master key file is another, or has not arrived yet.");
        }

        if (!ring.TryGet(credential.KeyId, out var from))
        {
            return credential;
        }

        byte[]? dataKey = null;
        try
        {
            var bound = AssociatedData(owner, name, credential.Origin, credential.Version);
            dataKey = Decrypt(from, credential.WrappedKey, bound);
            return credential with { KeyId = keyId, WrappedKey = Convert.ToBase64String(Encrypt(to, dataKey, bound)) };
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return credential;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    private static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var message = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = message.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plain, message.AsSpan(NonceBytes, plain.Length), message.AsSpan(NonceBytes + plain.Length), bound);
        return message;
    }

    private static byte[] Decrypt(ReadOnlySpan<byte> key, string text, ReadOnlySpan<byte> bound)
    {
        var message = Convert.FromBase64String(text);
        var length = message.Length - NonceBytes - TagBytes;
        if (length < 1 || key.Length != MasterKeyRing.KeyBytes)
        {
            throw new CryptographicException("Not a sealed message.");
        }

        var plain = new byte[length];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(message.AsSpan(0, NonceBytes), message.AsSpan(NonceBytes, length), message.AsSpan(NonceBytes + length), plain, bound);
        return plain;
    }

    // Each part with its length in front: joined by a separator, "a|b" + "c" and "a" + "b|c" would be one and the same.
    private static byte[] AssociatedData(string owner, string name, string origin, long version)
    {
        using var stream = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var part in (ReadOnlySpan<string>)[owner, name, origin])
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
            stream.Write(number[..sizeof(int)]);
            stream.Write(bytes);
        }

        BinaryPrimitives.WriteInt64BigEndian(number, version);
        stream.Write(number);
        return stream.ToArray();
    }

    private static string LastCharacters(string secret) => secret.Length < 12 ? "" : secret[^4..];
}
