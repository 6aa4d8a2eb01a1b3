namespace BeastOrleans.Grains.Credentials;

/// <summary>What a host's commands do to the file of the key-encryption keys.</summary>
public static class MasterKeyCommands
{
    /// <summary>Makes a file with one key; one that is there is left alone.</summary>
    /// <exception cref="MasterKeyException">There is one, or it cannot be made.</exception>
    public static void Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            throw new MasterKeyException($"The master key file '{full}' is there already: 'keys rotate' adds a key to it.");
        }

        MasterKeyFile.Create(full);
    }

    /// <inheritdoc cref="MasterKeyFile.Rotate"/>
    public static string Rotate(string path) => MasterKeyFile.Rotate(path);

    /// <summary>The ids in the file and which of them is the current one.</summary>
    /// <exception cref="MasterKeyException">It cannot be read.</exception>
    public static (string Current, IReadOnlyList<string> Ids) Describe(string path)
    {
        var document = MasterKeyRing.ReadDocument(Path.GetFullPath(path));
        return (document.Current!, [.. document.Keys!.Keys.Order(StringComparer.Ordinal)]);
    }
}
