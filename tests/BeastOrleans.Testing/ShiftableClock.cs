namespace BeastOrleans.Testing;

/// <summary>
/// The system's clock, set forward by the test. Timers keep running in real time, unlike a fake provider's: a cluster whose
/// polls and probes only move when the test says so is not the cluster under test.
/// </summary>
public sealed class ShiftableClock : TimeProvider
{
    private long _shiftTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Shift.Ticks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shiftTicks, by.Ticks);

    private TimeSpan Shift => TimeSpan.FromTicks(Interlocked.Read(ref _shiftTicks));
}
