namespace BeastOrleans.Core.Usage;

internal static class ModelNames
{
    /// <summary>Without a final <c>-2024-08-06</c>, <c>-20250929</c>, <c>-0613</c> or <c>-latest</c>; else the name as it is.</summary>
    public static string WithoutDate(string name)
    {
        foreach (var pattern in (ReadOnlySpan<string>)["-dddd-dd-dd", "-dddddddd", "-dddd", "-latest"])
        {
            if (EndsLike(name, pattern))
            {
                return name[..^pattern.Length];
            }
        }

        return name;
    }

    // In the pattern a 'd' stands for a digit where the name has one there, else for itself.
    private static bool EndsLike(string name, string pattern)
    {
        if (name.Length <= pattern.Length)
        {
            return false;
        }

        var end = name.AsSpan(name.Length - pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == 'd' ? !char.IsAsciiDigit(end[i]) : end[i] != pattern[i])
            {
                return false;
            }
        }

        return true;
    }
}
