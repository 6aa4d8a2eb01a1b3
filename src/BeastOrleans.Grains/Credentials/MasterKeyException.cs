namespace BeastOrleans.Grains.Credentials;

/// <summary>The key-encryption keys cannot be used. The message is one line that says what to do; it holds no secret.</summary>
public sealed class MasterKeyException : Exception
{
    public MasterKeyException(string message)
        : base(message)
    {
    }

    public MasterKeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public MasterKeyException()
    {
    }
}
