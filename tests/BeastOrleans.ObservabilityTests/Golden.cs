using Xunit;

namespace BeastOrleans.ObservabilityTests;

/// <summary>A file of the repository that is made by a test: compared, or written with UPDATE_GOLDEN=1.</summary>
internal static class Golden
{
    public static void Check(string path, string expected)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{path} is not what the code makes of it: run this test with UPDATE_GOLDEN=1.");
    }
}
