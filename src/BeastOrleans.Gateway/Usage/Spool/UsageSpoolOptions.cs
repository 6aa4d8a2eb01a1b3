namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>Where the usage spool is; set by the host, not by the operator.</summary>
public sealed class UsageSpoolOptions
{
    /// <summary>Bytes of one segment, at least 1 MiB + 4 KiB: the longest frame fits. Default 8 MiB.</summary>
    public int SegmentBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>A directory of its own. No default: the spool refuses to open without one.</summary>
    public string? Directory { get; set; }
}
