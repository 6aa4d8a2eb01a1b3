namespace BeastOrleans.Simulator;

/// <summary>Every bound of the simulator in one place.</summary>
internal static class SimulatorLimits
{
    public const int MaxBodyBytes = 32 * 1024 * 1024;
    public const int MaxLogEntries = 10_000;
    public const long MaxLogBytes = 256L * 1024 * 1024;
    public const int MaxScriptSteps = 10_000;
    public const int MaxScriptRules = 100;
    public const int MaxScriptBodyBytes = 4 * 1024 * 1024;
    public const int MaxTokens = 100_000;
    public const int MaxUsageTokens = 1_000_000_000;
    public const int MaxDelayMs = 3_600_000;
    public const int MaxTimes = 1_000_000_000;
    public const int MaxHugeLineBytes = 64 * 1024 * 1024;
    public const int MaxHugeHeaderBytes = 64 * 1024 * 1024;
    public const int MaxExtraHeaders = 64;
    public const int MaxModelCards = 1_000;
    public const int MaxModelNameChars = 256;
    public const int MaxNames = 1_000;
    public const int MaxRequestsListed = 10_000;
    public const int MaxChoices = 128;
}
