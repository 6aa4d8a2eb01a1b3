using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BeastOrleans.Grains.Credentials;

/// <summary>
/// The key-encryption keys by id. New credentials are sealed under the current one; the others open what was sealed before a
/// rotation. Lives as long as the process.
/// </summary>
internal sealed class MasterKeyRing
{
    public const int KeyBytes = 32;

    /// <summary>The most keys in a ring: a rotation a month for years.</summary>
    public const int MaxKeys = 64;

    private const int MaxFileBytes = 64 * 1024;

    private readonly Dictionary<string, byte[]> _keys;

    private MasterKeyRing(string current, Dictionary<string, byte[]> keys)
    {
        CurrentId = current;
        _keys = keys;
    }

    public string CurrentId { get; }

    /// <exception cref="MasterKeyException">No keys, short keys, or a file that cannot be read or made.</exception>
    public static MasterKeyRing Load(CredentialOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.MasterKeys))
        {
            return Parse(Encoding.UTF8.GetBytes(options.MasterKeys), "Beast:MasterKeys");
        }

        if (string.IsNullOrWhiteSpace(options.MasterKeyFile))
        {
            throw new MasterKeyException("No master key: set Beast:MasterKeyFile to a file that every silo shares, or Beast:MasterKeys.");
        }

        var path = Path.GetFullPath(options.MasterKeyFile);
        var content = ReadFile(path);
        if (content is null && options.MayCreate)
        {
            content = MasterKeyFile.Create(path);
        }

        if (content is null)
        {
            throw new MasterKeyException($"The master key file '{path}' does not exist: copy it from another silo, or restore the backup.");
        }

        try
        {
            return Parse(content, $"The master key file '{path}'");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The key of that id; false when the ring has none.</summary>
    public bool TryGet(string id, out ReadOnlySpan<byte> key)
    {
        var found = _keys.TryGetValue(id, out var bytes);
        key = bytes;
        return found;
    }

    /// <summary>The file as it is written, once it is known to be good.</summary>
    /// <exception cref="MasterKeyException">It is not there, or not good.</exception>
    internal static MasterKeyDocument ReadDocument(string path)
    {
        Load(new CredentialOptions { MasterKeyFile = path });
        return JsonSerializer.Deserialize<MasterKeyDocument>(ReadFile(path)!, MasterKeyFile.Json)!;
    }

    private static byte[]? ReadFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > MaxFileBytes)
            {
                throw new MasterKeyException($"The master key file '{path}' is larger than {MaxFileBytes} bytes: it is some other file.");
            }

            return file.Exists ? File.ReadAllBytes(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"The master key file '{path}' cannot be read: give this user read access to it.", exception);
        }
    }

    private static MasterKeyRing Parse(ReadOnlySpan<byte> json, string source)
    {
        MasterKeyDocument? document;
        try
        {
            document = JsonSerializer.Deserialize<MasterKeyDocument>(json, MasterKeyFile.Json);
        }
        catch (JsonException)
        {
            // The parser's words may quote the content, and the content is the secret.
            throw new MasterKeyException($"{source} is not of the form {MasterKeyFile.Form}.");
        }

        if (document?.Keys is not { Count: > 0 and <= MaxKeys } || string.IsNullOrEmpty(document.Current))
        {
            throw new MasterKeyException($"{source} must hold 1 to {MaxKeys} keys and name the current one: {MasterKeyFile.Form}.");
        }

        var keys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (id, text) in document.Keys)
        {
            keys.Add(id, Decode(id, text, source));
        }

        return keys.ContainsKey(document.Current)
            ? new MasterKeyRing(document.Current, keys)
            : throw new MasterKeyException($"{source} names '{document.Current}' as the current key but does not hold it.");
    }

    private static byte[] Decode(string id, string? text, string source)
    {
        var key = new byte[KeyBytes];
        if (text is null || !Base64.IsValid(text, out var length) || length != KeyBytes
            || !Convert.TryFromBase64String(text, key, out _))
        {
            throw new MasterKeyException($"{source}: key '{id}' must be {KeyBytes} bytes in base64.");
        }

        // 32 equal bytes are a placeholder that somebody meant to replace.
        return key.AsSpan().ContainsAnyExcept(key[0])
            ? key
            : throw new MasterKeyException($"{source}: key '{id}' is not random: make one with 'openssl rand -base64 32'.");
    }
}
