using System.Data.Common;

namespace BeastOrleans.Survival.Fleet;

/// <summary>Where a fleet keeps its books.</summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>What the processes have to be told of it, as the command line takes it.</summary>
    string[] Settings { get; }

    /// <summary>It is a process, which can be killed and started again.</summary>
    bool IsServer { get; }

    /// <summary>Nobody else may be using it where it is a file.</summary>
    Task<DbConnection> OpenAsync();

    Task KillAsync();

    Task StartAsync();
}
