namespace BeastOrleans.Grains.Storage.Sql;

/// <summary>
/// Rows for one statement, bound by position. A row may be written when it is added; all of them have been when
/// <see cref="Run"/> returns.
/// </summary>
internal abstract class SqlRows
{
    public abstract SqlRows Text(string? value);

    public abstract SqlRows Number(long? value);

    public SqlRows Flag(bool? value) => Number(value is { } flag ? flag ? 1L : 0L : null);

    /// <summary>Ends the row.</summary>
    public abstract void Add();

    /// <summary>
    /// Of each row, whether the statement returned its first column (<c>RETURNING</c>), a text that tells the rows apart. The next
    /// row begins anew.
    /// </summary>
    public abstract IReadOnlyList<bool> Run();
}
