using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Usage.Spool;

namespace BeastOrleans.Gateway.Usage;

/// <summary>Rows that are sent together.</summary>
internal sealed class ShipmentPart(UsageRecord[] records, SpooledRow[] rows)
{
    public UsageRecord[] Records { get; } = records;

    /// <summary>Where each of them stands.</summary>
    public SpooledRow[] Rows { get; } = rows;

    public int Failures { get; set; }

    /// <summary>How often it failed after others had succeeded.</summary>
    public int Convictions { get; set; }

    /// <summary>How many parts had succeeded when it last failed.</summary>
    public int SuccessesSeen { get; set; }

    public (ShipmentPart First, ShipmentPart Second) Halve()
    {
        var middle = Records.Length / 2;
        return (new ShipmentPart(Records[..middle], Rows[..middle]), new ShipmentPart(Records[middle..], Rows[middle..]));
    }
}
