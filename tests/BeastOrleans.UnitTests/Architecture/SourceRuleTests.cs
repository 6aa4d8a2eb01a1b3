using System.Text.RegularExpressions;
using Xunit;

namespace BeastOrleans.UnitTests.Architecture;

public sealed partial class SourceRuleTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Sources_AreFound() => Assert.True(Repository.Sources.Length > 200, "The rules below would pass over nothing.");

    [Fact]
    public void Sources_StayShort() => Assert.All(Repository.Sources, f =>
    {
        var lines = File.ReadAllLines(f.FullName).Length;
        Assert.True(lines <= MaxLines, $"{Repository.Relative(f)} has {lines} lines: split it along state, decision or window.");
    });

    [Fact]
    public void Namespaces_AreFileScopedAndMatchTheirFolder() => Assert.All(Repository.Sources, f =>
    {
        var path = Repository.Relative(f).Split('/');
        var declared = Namespace().Match(File.ReadAllText(f.FullName));
        if (path[^1] == "Program.cs" || path[^1] == "AssemblyInfo.cs")
        {
            return;
        }

        Assert.True(declared.Success, $"{Repository.Relative(f)} has no file-scoped namespace.");
        Assert.True(string.Join('.', path[1..^1]) == declared.Groups[1].Value, $"{Repository.Relative(f)} is in namespace {declared.Groups[1].Value}.");
    });

    /// <summary>xunit 2 does not call it, and whatever the class had started stays.</summary>
    [Fact]
    public void TestClasses_EndByAsyncLifetime_NotByAsyncDisposable() =>
        Assert.All(Repository.Sources, f => Assert.False(EndsUnseen().IsMatch(File.ReadAllText(f.FullName)), $"{Repository.Relative(f)}: implement IAsyncLifetime."));

    [GeneratedRegex(@"class \w+Tests\b[^{\n]*: [^{\n]*IAsyncDisposable")]
    private static partial Regex EndsUnseen();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
