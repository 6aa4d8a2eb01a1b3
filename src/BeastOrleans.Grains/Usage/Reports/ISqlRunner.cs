using System.Data.Common;

namespace BeastOrleans.Grains.Usage.Reports;

/// <summary>
/// A statement that SQLite and PostgreSQL both read alike: named parameters (<c>@from</c>), columns by name, integer sums cast
/// to BIGINT, no functions of time. Texts compare by their bytes: PostgreSQL's columns are declared COLLATE "C".
/// </summary>
/// <param name="Parameters">Numbers are <see cref="long"/>; none is null.</param>
internal sealed record SqlText(string Sql, IReadOnlyList<(string Name, object Value)> Parameters);

/// <summary>Runs statements on whichever database the settings name: all that the reports need of it.</summary>
internal interface ISqlRunner
{
    Task<List<T>> QueryAsync<T>(SqlText text, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    /// <summary>In one transaction.</summary>
    /// <returns>The rows changed by the last of them.</returns>
    Task<int> ExecuteAsync(IReadOnlyList<SqlText> texts, CancellationToken cancellationToken);
}
