namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>The usage spool cannot be opened for a reason that an operator can mend; the message says what to do.</summary>
public sealed class SpoolUnavailableException : Exception
{
    public SpoolUnavailableException()
    {
    }

    public SpoolUnavailableException(string message)
        : base(message)
    {
    }

    public SpoolUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
