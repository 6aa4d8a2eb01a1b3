namespace BeastOrleans.UnitTests.Usage.Protocol;

/// <summary>A mistake planted into the protocol: the simulation must find each.</summary>
public enum MoneyBug
{
    None,

    /// <summary>The upstream is called before the intent is in the spool.</summary>
    NoIntent,

    /// <summary>A row is forgotten when it is sent, not when the ledger has committed it.</summary>
    AckBeforeCommit,

    /// <summary>The ledger books a row again when it is sent again.</summary>
    NonIdempotentShip,

    /// <summary>A lease is granted without the condition in the update.</summary>
    UnconditionalGrant,

    /// <summary>A lease goes back while attempts on it are not in the ledger.</summary>
    EarlyLeaseClose,

    /// <summary>A restarted gateway does not look into its spool.</summary>
    NoRecovery,
}
