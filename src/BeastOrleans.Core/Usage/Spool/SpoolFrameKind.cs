namespace BeastOrleans.Core.Usage.Spool;

/// <summary>What a frame of the usage spool says. The numbers are on disk: never reused.</summary>
public enum SpoolFrameKind
{
    /// <summary>Not a frame.</summary>
    None = 0,

    /// <summary>An attempt is about to connect. Payload: the row that it becomes when nobody settles it.</summary>
    Intent = 1,

    /// <summary>Tokens of a stream so far. About: its intent.</summary>
    Progress = 2,

    /// <summary>An attempt's end. About: its intent, or 0 for a request refused before any attempt. Payload: its row.</summary>
    Settle = 3,

    /// <summary>The ledger has these. Payload: positions of settles, and of intents that became rows themselves.</summary>
    Acknowledged = 4,
}
