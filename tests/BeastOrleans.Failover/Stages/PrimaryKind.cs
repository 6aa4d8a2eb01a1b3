namespace BeastOrleans.Failover.Stages;

/// <summary>What stands behind the primary's address.</summary>
internal enum PrimaryKind
{
    /// <summary>The simulator, with a script.</summary>
    Simulator,

    /// <summary>The simulator, which speaks no TLS, under an https address.</summary>
    SimulatorBehindTls,

    /// <summary>A name that does not resolve.</summary>
    UnknownName,

    /// <summary>Accepts, reads the request, closes.</summary>
    AcceptThenClose,

    /// <summary>Sends 50 MB of response headers, or as much as is taken.</summary>
    EndlessHeaders,
}
