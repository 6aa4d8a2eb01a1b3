namespace BeastOrleans.Host.Startup;

/// <summary>The process cannot start for a reason that its operator can mend: one line, exit code 2.</summary>
public sealed class StartupException : Exception
{
    public StartupException()
    {
    }

    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
