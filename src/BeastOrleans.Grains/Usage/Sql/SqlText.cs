namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>
/// A statement that SQLite and PostgreSQL both read alike: named parameters (<c>@from</c>), columns by name, integer sums cast
/// to BIGINT, no functions of time. Texts compare by their bytes: PostgreSQL's columns are declared COLLATE "C".
/// </summary>
/// <param name="Parameters">Numbers are <see cref="long"/>; none is null.</param>
internal sealed record SqlText(string Sql, IReadOnlyList<(string Name, object Value)> Parameters);
