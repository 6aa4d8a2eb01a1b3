namespace BeastOrleans.Upstreams.Probing;

/// <summary>The steps of one test as they come, timed.</summary>
internal sealed class TestRun(TimeProvider time)
{
    private readonly List<TestStep> _steps = [];
    private string _step = "";
    private long _since;

    public IReadOnlyList<TestStep> Steps => _steps;

    public void Begin(string step)
    {
        _step = step;
        _since = time.GetTimestamp();
    }

    public void Pass(string detail) => End(ok: true, detail);

    public void Fail(string detail) => End(ok: false, detail);

    private void End(bool ok, string detail) =>
        _steps.Add(new TestStep(_step, ok, (int)time.GetElapsedTime(_since).TotalMilliseconds, detail));
}
