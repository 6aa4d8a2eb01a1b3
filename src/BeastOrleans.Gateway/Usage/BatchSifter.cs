namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Sends a batch until all of it is taken, and finds the row that never is. A batch that failed three times is halved; a row
/// that stands alone is poison when it fails three times more, each time after others were taken: while the ledger takes
/// nothing at all, nothing is anybody's fault.
/// </summary>
internal sealed class BatchSifter
{
    private const int TriesBeforeHalving = 3;

    private const int ConvictionsOfPoison = 3;

    /// <summary>Rows sifted at once, in memory: while the ledger is away, no more are taken from the spool.</summary>
    private const int MaxRows = 2_048;

    private readonly Queue<ShipmentPart> _parts = new();
    private int _successes;
    private int _failuresInARow;

    public BatchSifter(ShipmentPart batch) => _parts.Enqueue(batch);

    /// <summary>Every part left is a row that failed: whether it is the row or the ledger shows only by another's success.</summary>
    public bool WantsCompany => _parts.Count is > 0 and < MaxRows && _parts.All(p => p.Records.Length == 1 && p.Failures > 0);

    /// <summary>Null when all is taken or put aside.</summary>
    public ShipmentPart? Next() => _parts.Count > 0 ? _parts.Dequeue() : null;

    public void Add(ShipmentPart part) => _parts.Enqueue(part);

    public void Succeeded()
    {
        _successes++;
        _failuresInARow = 0;
    }

    /// <returns>The part when it is a row to put aside; else it comes up again.</returns>
    public ShipmentPart? Failed(ShipmentPart part)
    {
        _failuresInARow++;
        part.Failures++;
        if (part.Records.Length > 1 && part.Failures >= TriesBeforeHalving)
        {
            var (first, second) = part.Halve();
            _parts.Enqueue(first);
            _parts.Enqueue(second);
            return null;
        }

        if (part.Records.Length == 1 && _successes > part.SuccessesSeen)
        {
            part.SuccessesSeen = _successes;
            if (++part.Convictions >= ConvictionsOfPoison)
            {
                return part;
            }
        }

        _parts.Enqueue(part);
        return null;
    }

    /// <summary>From 100 ms on, doubling while nothing is taken.</summary>
    /// <param name="random">0 to 1.</param>
    public TimeSpan Delay(TimeSpan most, double random)
    {
        var steps = Math.Min(10, Math.Max(0, _failuresInARow - 1));
        var milliseconds = Math.Min(most.TotalMilliseconds, 100 << steps);
        return TimeSpan.FromMilliseconds(milliseconds * (0.5 + (random / 2)));
    }
}
