namespace BeastOrleans.UnitTests.Usage.Rates;

/// <summary>The algorithm as ITU-T I.371 writes it, by a theoretical arrival time in exact numbers: what the product is held against.</summary>
internal sealed class ReferenceGcra(long limit, long burst)
{
    private Int128 _arrival;

    /// <summary>Whether one more unit at this time keeps within burst + limit in every window. It is counted only then.</summary>
    public bool Conforms(TimeSpan now)
    {
        var at = (Int128)now.Ticks * limit;
        var next = Int128.Max(_arrival, at) + TimeSpan.TicksPerMinute;
        if (next - at > (Int128)burst * TimeSpan.TicksPerMinute)
        {
            return false;
        }

        _arrival = next;
        return true;
    }
}
