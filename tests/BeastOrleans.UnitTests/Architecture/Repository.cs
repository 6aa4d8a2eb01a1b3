using System.Xml.Linq;

namespace BeastOrleans.UnitTests.Architecture;

/// <summary>The repository's files as they lie on disk.</summary>
internal static class Repository
{
    private static readonly string[] Folders = ["src", "tests", "bench"];

    public static DirectoryInfo Root { get; } = FindRoot();

    public static Project[] Projects { get; } =
        [.. Folders.SelectMany(f => Files(f, ".csproj")).Select(f => new Project(Path.GetFileNameWithoutExtension(f.FullName), f, XDocument.Load(f.FullName)))];

    /// <summary>Source files, without what a build makes.</summary>
    public static FileInfo[] Sources { get; } = [.. Folders.SelectMany(f => Files(f, ".cs"))];

    public static string Relative(FileInfo file) => Path.GetRelativePath(Root.FullName, file.FullName).Replace('\\', '/');

    private static IEnumerable<FileInfo> Files(string folder, string extension) =>
        new DirectoryInfo(Path.Combine(Root.FullName, folder)).EnumerateFiles("*" + extension, SearchOption.AllDirectories)
            .Where(f => !Relative(f).Split('/').Any(part => part is "bin" or "obj"));

    private static DirectoryInfo FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "BeastOrleans.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return directory;
    }
}

/// <summary>One project file.</summary>
internal sealed record Project(string Name, FileInfo File, XDocument Xml)
{
    public string Folder { get; } = Repository.Relative(File).Split('/')[0];

    /// <summary>Names of the projects that it references.</summary>
    public string[] References { get; } =
        [.. Xml.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];

    public string[] Packages { get; } = [.. Xml.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value)];

    public override string ToString() => Name;
}
