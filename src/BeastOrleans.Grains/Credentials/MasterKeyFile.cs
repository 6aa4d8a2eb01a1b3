using System.Security.Cryptography;
using System.Text.Json;

namespace BeastOrleans.Grains.Credentials;

/// <summary>The file of the key-encryption keys as it is written.</summary>
internal sealed record MasterKeyDocument
{
    public string? Current { get; init; }

    public Dictionary<string, string?>? Keys { get; init; }
}

/// <summary>Makes the file of the key-encryption keys when there is none, and adds keys to it.</summary>
internal static class MasterKeyFile
{
    public const string Form = """{"current":"k1","keys":{"k1":"<base64 of 32 bytes>"}}""";

    /// <summary>For another process that makes the same file just now.</summary>
    private const int MaxWaitMilliseconds = 5_000;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>Writes a new file, readable by its owner alone, and answers with what it holds.</summary>
    /// <exception cref="MasterKeyException">The file cannot be written.</exception>
    public static byte[] Create(string path)
    {
        var key = RandomNumberGenerator.GetBytes(MasterKeyRing.KeyBytes);
        try
        {
            var document = new MasterKeyDocument { Current = "k1", Keys = new() { ["k1"] = Convert.ToBase64String(key) } };
            var content = JsonSerializer.SerializeToUtf8Bytes(document, Json);
            Write(path, content);

            // Read back: when two processes start at once, the one that lost the race must use the winner's key.
            CryptographicOperations.ZeroMemory(content);
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"The master key file '{path}' cannot be made: give this user write access to its directory.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Adds a key of a new name and makes it the current one; every other stays.</summary>
    /// <returns>The new key's id.</returns>
    /// <exception cref="MasterKeyException">The file cannot be read or written, or is full.</exception>
    public static string Rotate(string path)
    {
        var full = Path.GetFullPath(path);
        var before = MasterKeyRing.ReadDocument(full);
        var number = 1 + before.Keys!.Keys.Select(id => id.StartsWith('k') && int.TryParse(id[1..], out var n) ? n : 0).Max();
        var current = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"k{number}");
        if (before.Keys.Count >= MasterKeyRing.MaxKeys)
        {
            throw new MasterKeyException($"The master key file '{full}' holds {MasterKeyRing.MaxKeys} keys: remove those that 'keys status' says nothing names.");
        }

        var key = RandomNumberGenerator.GetBytes(MasterKeyRing.KeyBytes);
        try
        {
            var keys = new Dictionary<string, string?>(before.Keys) { [current] = Convert.ToBase64String(key) };
            Replace(full, JsonSerializer.SerializeToUtf8Bytes(new MasterKeyDocument { Current = current, Keys = keys }, Json));
            return current;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException(
                $"The master key file '{full}' cannot be written from here. Add a key to where it comes from and make it current, then run 'keys rewrap'.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // Whoever reads meanwhile sees the one or the other, never a half.
    private static void Replace(string path, byte[] content)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        var aside = WriteAside(target, content);
        File.Move(aside, target, overwrite: true);
        CryptographicOperations.ZeroMemory(content);
    }

    private static void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = WriteAside(path, content);

        // A move that must not overwrite looks first and moves then: between the two another may have moved its own, whose key
        // somebody already uses. So one at a time.
        using (Gate(path + ".lock"))
        {
            if (File.Exists(path))
            {
                File.Delete(aside);
            }
            else
            {
                File.Move(aside, path);
            }
        }
    }

    // Written aside and moved, so that a killed process leaves no half of a key behind; the mode is set at creation, not
    // after. The name is unique: two writers of one file would each move the other's key.
    private static string WriteAside(string path, byte[] content)
    {
        var aside = $"{path}.{Guid.NewGuid():N}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(aside, options);
        file.Write(content);
        file.Flush(flushToDisk: true);
        return aside;
    }

    // Whoever holds it last deletes it: by then the key is there, and all that a later holder does is to see it.
    private static FileStream Gate(string path)
    {
        var until = Environment.TickCount64 + MaxWaitMilliseconds;
        var wait = default(SpinWait);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                wait.SpinOnce();
            }
        }
    }
}
