namespace BeastOrleans.Gateway.Usage;

/// <summary>An attempt cannot be written down, so it is not made.</summary>
internal sealed class LedgerUnavailableException : Exception
{
    public LedgerUnavailableException()
        : base("The usage spool has no room for another attempt.")
    {
    }

    public LedgerUnavailableException(string message)
        : base(message)
    {
    }

    public LedgerUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
