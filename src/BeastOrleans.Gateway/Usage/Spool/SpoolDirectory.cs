using System.Globalization;
using System.Text.Json;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>The spool's directory: made private, locked for one process, and the gateway's identity in it.</summary>
internal sealed class SpoolDirectory : IDisposable
{
    private const string IdentityFile = "identity.json";

    private readonly FileStream _lock;

    private SpoolDirectory(string path, FileStream fileLock, SpoolIdentity identity)
    {
        Path = path;
        _lock = fileLock;
        Identity = identity;
    }

    public string Path { get; }

    public SpoolIdentity Identity { get; }

    /// <exception cref="SpoolUnavailableException">It cannot be made or written, another process holds it, or its identity cannot be read.</exception>
    public static SpoolDirectory Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        FileStream? fileLock = null;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                System.IO.Directory.CreateDirectory(full);
            }
            else
            {
                System.IO.Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            fileLock = Lock(full);
            return new SpoolDirectory(full, fileLock, NextIdentity(full));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fileLock?.Dispose();
            throw new SpoolUnavailableException($"The usage spool {full} cannot be written: {e.Message} Give this user access to it, or choose another Beast:DataDirectory.", e);
        }
        catch
        {
            fileLock?.Dispose();
            throw;
        }
    }

    /// <summary>Segments that are there, oldest first.</summary>
    public IEnumerable<string> Segments() =>
        System.IO.Directory.EnumerateFiles(Path, "*" + SpoolSegment.Suffix).Order(StringComparer.Ordinal);

    /// <summary>Removes what a kill left half made.</summary>
    public void Tidy()
    {
        foreach (var half in System.IO.Directory.EnumerateFiles(Path, "*.new"))
        {
            File.Delete(half);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string full)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(full, "spool.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new SpoolUnavailableException($"The usage spool {full} is in use by another process, or cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The same gateway as before, one start later; a new one in an empty directory. On disk before it is used.</summary>
    private static SpoolIdentity NextIdentity(string full)
    {
        var path = System.IO.Path.Combine(full, IdentityFile);
        SpoolIdentity? before = null;
        if (File.Exists(path))
        {
            try
            {
                before = JsonSerializer.Deserialize<SpoolIdentity>(File.ReadAllBytes(path));
            }
            catch (JsonException e)
            {
                throw new SpoolUnavailableException($"The file {path} cannot be read: {e.Message} It names this gateway to the ledger: restore it, or move the whole directory away.", e);
            }
        }

        var identity = before is { Gateway.Length: > 0, Epoch: > 0 }
            ? before with { Epoch = before.Epoch + 1 }
            : new SpoolIdentity("gw_" + Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture), 1);
        var making = path + ".new";
        using (var file = new FileStream(making, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, identity);
            file.Flush(flushToDisk: true);
        }

        File.Move(making, path, overwrite: true);
        return identity;
    }
}

/// <summary>Who this gateway is to the ledger.</summary>
/// <param name="Gateway">Random, kept in the directory.</param>
/// <param name="Epoch">Grows with every start.</param>
internal sealed record SpoolIdentity(string Gateway, long Epoch);
