using System.Globalization;
using System.Reflection;

namespace BeastOrleans.Grains.Storage;

/// <summary>One step of the schema. Scripts are never edited once released: a change is the next number.</summary>
internal sealed record SchemaScript(int Version, string Name, string Sql)
{
    private const string RunsWithMark = "-- runs-with: ";

    /// <summary>
    /// The newest script of the oldest build that can run on this schema: the script's own version, unless its first line says
    /// <c>-- runs-with: N</c> because it only adds what older builds do not ask for.
    /// </summary>
    public int RunsWith { get; } = Sql.StartsWith(RunsWithMark, StringComparison.Ordinal)
        ? int.Parse(Sql.AsSpan(RunsWithMark.Length, Sql.AsSpan(RunsWithMark.Length).IndexOfAny('\r', '\n')), NumberStyles.None, CultureInfo.InvariantCulture)
        : Version;
}

/// <summary>The schema scripts inside this assembly: <c>Storage/Scripts/{database}/NNN_name.sql</c>.</summary>
internal static class SchemaScripts
{
    public static IReadOnlyList<SchemaScript> Sqlite { get; } = Load("Sqlite");

    public static IReadOnlyList<SchemaScript> Postgres { get; } = Load("Postgres");

    private static List<SchemaScript> Load(string database)
    {
        var assembly = typeof(SchemaScripts).Assembly;
        var prefix = $"{typeof(SchemaScripts).Namespace}.Scripts.{database}.";
        var scripts = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => Read(assembly, name, name[prefix.Length..]))
            .OrderBy(script => script.Version)
            .ToList();
        for (var i = 0; i < scripts.Count; i++)
        {
            if (scripts[i].Version != i + 1)
            {
                throw new InvalidOperationException($"Schema scripts are numbered without gaps from 001; found '{scripts[i].Name}' in place {i + 1}.");
            }
        }

        return scripts;
    }

    private static SchemaScript Read(Assembly assembly, string resource, string fileName)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return new SchemaScript(
            int.Parse(fileName.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture),
            Path.GetFileNameWithoutExtension(fileName),
            reader.ReadToEnd());
    }
}
