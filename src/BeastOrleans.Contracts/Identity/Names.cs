namespace BeastOrleans.Contracts.Identity;

/// <summary>The rule for names that operators and users choose: tenants and custom models.</summary>
public static class Names
{
    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "1 to 64 characters of a-z, 0-9, '.', '_' and '-'";

    public static bool IsValid(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > 64)
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True for text that cannot be stored, logged or percent-encoded faithfully.</summary>
    public static bool HasControlOrLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsControl(c))
            {
                return true;
            }

            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(c))
            {
                return true;
            }
        }

        return false;
    }
}
