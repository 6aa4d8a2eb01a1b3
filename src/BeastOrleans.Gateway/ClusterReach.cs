namespace BeastOrleans.Gateway;

/// <summary>
/// Whether grains can be asked at all. Open from the start where the silo is in this process; a gateway apart opens it when it
/// has first reached a silo. From then on each call answers for itself.
/// </summary>
public sealed class ClusterReach
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsOpen => _opened.Task.IsCompleted;

    public void Open() => _opened.TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken) => _opened.Task.WaitAsync(cancellationToken);
}
