namespace BeastOrleans.Grains.Storage;

/// <summary>
/// The database cannot be used at all. <see cref="Exception.Message"/> is one line that says what is wrong and what to do:
/// the host prints it as it stands and exits.
/// </summary>
public sealed class StorageUnavailableException : Exception
{
    public StorageUnavailableException()
    {
    }

    public StorageUnavailableException(string message)
        : base(message)
    {
    }

    public StorageUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
