namespace BeastOrleans.Host.Startup;

/// <summary>The data directory of one process: made private, and locked so that no second process writes beside it.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream fileLock)
    {
        Path = path;
        _lock = fileLock;
    }

    public string Path { get; }

    /// <exception cref="StartupException">It cannot be made or written, or another process holds it.</exception>
    public static DataDirectory Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(full);
            }
            else
            {
                Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The data directory {full} cannot be made: {e.Message} Choose another with --Beast:DataDirectory.", e);
        }

        try
        {
            return new DataDirectory(full, new FileStream(System.IO.Path.Combine(full, "beast.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupException($"The data directory {full} cannot be written: {e.Message} Choose another with --Beast:DataDirectory.", e);
        }
        catch (IOException e)
        {
            throw new StartupException($"The data directory {full} is in use by another process, or cannot be written: {e.Message}", e);
        }
    }

    public void Dispose() => _lock.Dispose();
}
