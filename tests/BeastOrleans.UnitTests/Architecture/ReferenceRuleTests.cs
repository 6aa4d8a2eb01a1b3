using System.Text.RegularExpressions;
using Xunit;

namespace BeastOrleans.UnitTests.Architecture;

/// <summary>Who may reference whom. A line here is a decision: a new reference is one too, and is made here first.</summary>
public sealed partial class ReferenceRuleTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["BeastOrleans.Contracts"] = [],
        ["BeastOrleans.Core"] = ["Contracts"],
        ["BeastOrleans.Upstreams"] = ["Contracts"],
        ["BeastOrleans.Gateway"] = ["Core", "Upstreams", "Contracts"],
        ["BeastOrleans.Grains"] = ["Core", "Upstreams", "Contracts"],
        ["BeastOrleans.Simulator"] = [],
        ["BeastOrleans.Host"] = ["Contracts", "Core", "Upstreams", "Gateway", "Grains", "Simulator"],
    };

    [Fact]
    public void SourceProjects_ReferenceWhatIsAllowedAndNothingElse()
    {
        var projects = Repository.Projects.Where(p => p.Folder == "src").ToArray();
        Assert.Equal(Allowed.Keys.Order(), projects.Select(p => p.Name).Order());
        Assert.All(projects, p => Assert.Empty(p.References.Except(Allowed[p.Name].Select(n => "BeastOrleans." + n))));
    }

    [Fact]
    public void Nothing_ReferencesTheHostButTests() =>
        Assert.All(Repository.Projects.Where(p => p.Folder != "tests"), p => Assert.DoesNotContain("BeastOrleans.Host", p.References));

    [Fact]
    public void SourceProjects_ReferenceNoTest() =>
        Assert.All(Repository.Projects.Where(p => p.Folder == "src"), p => Assert.DoesNotContain(p.References, r => r.Contains("Test", StringComparison.Ordinal)));

    [Theory]
    [InlineData("BeastOrleans.Core")]
    [InlineData("BeastOrleans.Upstreams")]
    [InlineData("BeastOrleans.Simulator")]
    public void PureProjects_TakeNoOrleansPackage(string name) =>
        Assert.DoesNotContain(Repository.Projects.Single(p => p.Name == name).Packages, p => p.Contains("Orleans", StringComparison.Ordinal));

    [Fact]
    public void Contracts_TakeTheSdkAlone() =>
        Assert.Equal(["Microsoft.Orleans.Sdk"], Repository.Projects.Single(p => p.Name == "BeastOrleans.Contracts").Packages);

    [Theory]
    [InlineData("BeastOrleans.Contracts")]
    [InlineData("BeastOrleans.Core")]
    [InlineData("BeastOrleans.Upstreams")]
    [InlineData("BeastOrleans.Grains")]
    public void ProjectsBelowTheGateway_KnowNoAspNet(string name)
    {
        var project = Repository.Projects.Single(p => p.Name == name);
        Assert.DoesNotContain("Microsoft.NET.Sdk.Web", project.Xml.Root!.Attribute("Sdk")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(project.Xml.Descendants("FrameworkReference"), r => r.Attribute("Include")!.Value == "Microsoft.AspNetCore.App");
    }

    /// <summary>A reference that no source file uses is a door left open for one that should not.</summary>
    [Fact]
    public void SourceProjects_UseEveryProjectThatTheyReference() =>
        Assert.All(Repository.Projects.Where(p => p.Folder == "src" && p.Name != "BeastOrleans.Host"), p =>
        {
            var used = Repository.Sources.Where(f => Repository.Relative(f).StartsWith($"src/{p.Name}/", StringComparison.Ordinal))
                .SelectMany(f => Namespaces().Matches(File.ReadAllText(f.FullName)).Select(m => m.Value))
                .ToHashSet(StringComparer.Ordinal);
            Assert.All(p.References, r => Assert.True(used.Contains(r), $"{p} references {r} and uses nothing of it."));
        });

    /// <summary>Versions stand in one file.</summary>
    [Fact]
    public void Packages_HaveTheirVersionInOnePlace() =>
        Assert.All(Repository.Projects, p => Assert.DoesNotContain(p.Xml.Descendants("PackageReference"), r => r.Attribute("Version") is not null));

    [GeneratedRegex(@"\bBeastOrleans\.\w+")]
    private static partial Regex Namespaces();
}
