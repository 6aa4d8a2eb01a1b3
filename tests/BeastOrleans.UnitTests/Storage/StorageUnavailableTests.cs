using BeastOrleans.Grains.Storage;
using BeastOrleans.Grains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class StorageUnavailableTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose()
    {
        _directory.Dispose();
    }

    [Fact]
    public void Open_DataDirectoryIsAFile_SaysThatItCannotBeWritten()
    {
        // A directory without write permission would not stop a test run as root.
        var path = _directory.File("taken");
        File.WriteAllText(path, "");

        AssertOneLine(path, "cannot be written");
    }

    [Fact]
    public void Open_FileIsADirectory_SaysThatItCannotBeWritten()
    {
        Directory.CreateDirectory(_directory.File(SqliteDatabaseOptions.FileName));

        AssertOneLine(_directory.Path, "cannot be written");
    }

    [Fact]
    public void Open_FileIsNotADatabase_SaysSoAndLeavesItAlone()
    {
        var path = _directory.File(SqliteDatabaseOptions.FileName);
        var content = string.Concat(Enumerable.Repeat("this is a letter, not a database\n", 100));
        File.WriteAllText(path, content);

        AssertOneLine(_directory.Path, "is not a SQLite database");
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public async Task Open_NewerSchema_SaysWhatToDo()
    {
        await using (var database = SqliteDatabase.Open(new SqliteDatabaseOptions { DataDirectory = _directory.Path }))
        {
            await database.WriteAsync(session => session.Prepare("INSERT INTO BeastSchema VALUES (999, 'future', '')").ExecuteNonQuery());
        }

        AssertOneLine(_directory.Path, "has schema version 999");
    }

    [Fact]
    public async Task Open_LockedByAnother_SaysSo()
    {
        await SqliteDatabase.Open(new SqliteDatabaseOptions { DataDirectory = _directory.Path }).DisposeAsync();
        using var outside = new SqliteConnection($"Data Source={_directory.File(SqliteDatabaseOptions.FileName)};Pooling=False");
        outside.Open();
        outside.CreateCommand().Run("BEGIN IMMEDIATE");

        AssertOneLine(_directory.Path, "is locked by another process");
    }

    [Fact]
    public async Task OpenBeastStorage_MissingDirectory_IsMade()
    {
        var path = _directory.File("new/data");
        await using (var services = new ServiceCollection().AddBeastSqlite(path).BuildServiceProvider())
        {
            services.OpenBeastStorage();
        }

        Assert.True(File.Exists(Path.Combine(path, SqliteDatabaseOptions.FileName)));
    }

    [Fact]
    public async Task OpenBeastStorage_Unusable_ThrowsTheExceptionItself()
    {
        var path = _directory.File("taken");
        await File.WriteAllTextAsync(path, "");
        await using var services = new ServiceCollection().AddBeastSqlite(path).BuildServiceProvider();

        Assert.Throws<StorageUnavailableException>(services.OpenBeastStorage);
    }

    private static void AssertOneLine(string dataDirectory, string expected)
    {
        var options = new SqliteDatabaseOptions { DataDirectory = dataDirectory, BusyTimeout = TimeSpan.FromMilliseconds(100) };

        var exception = Assert.Throws<StorageUnavailableException>(() => SqliteDatabase.Open(options));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
