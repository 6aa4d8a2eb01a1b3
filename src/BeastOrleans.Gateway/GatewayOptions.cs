using System.ComponentModel.DataAnnotations;

namespace BeastOrleans.Gateway;

/// <summary>Settings of the HTTP gateway, bound by the host from section <c>Beast</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>The operator's key; overrides the stored one. At least 32 characters. Default: none.</summary>
    [MinLength(32, ErrorMessage = "Beast:AdminKey has at least 32 characters.")]
    public string? AdminKey { get; set; }

    /// <summary>The largest request body, bytes, 1 KiB to 64 MiB. Default 10 MB.</summary>
    [Range(1024, 64 * 1024 * 1024, ErrorMessage = "Beast:MaxRequestBytes is between 1024 and 67108864.")]
    public int MaxRequestBytes { get; set; } = 10_000_000;

    /// <summary>Seconds a request may take until its commit. Default 90.</summary>
    [Range(1, 600, ErrorMessage = "Beast:DeadlineSeconds is between 1 and 600.")]
    public double DeadlineSeconds { get; set; } = 90;

    /// <summary>Seconds of one attempt: the whole answer, or the first content of a stream. Default 30.</summary>
    [Range(0.05, 600, ErrorMessage = "Beast:AttemptSeconds is between 0.05 and 600.")]
    public double AttemptSeconds { get; set; } = 30;

    /// <summary>Seconds to the first content of a stream when another candidate stands ready. Default 10.</summary>
    [Range(0.05, 600, ErrorMessage = "Beast:FirstContentSeconds is between 0.05 and 600.")]
    public double FirstContentSeconds { get; set; } = 10;

    /// <summary>Seconds without a content delta that end a stream. Default 30.</summary>
    [Range(0.05, 600, ErrorMessage = "Beast:IdleSeconds is between 0.05 and 600.")]
    public double IdleSeconds { get; set; } = 30;

    /// <summary>Seconds between the comments that keep the client of a buffered stream connected. Default 10.</summary>
    [Range(0.05, 60, ErrorMessage = "Beast:PingSeconds is between 0.05 and 60.")]
    public double PingSeconds { get; set; } = 10;

    /// <summary>
    /// What is safe before an answer ends. <c>process</c>: a killed process loses nothing, a power cut at most 100 ms.
    /// <c>power</c>: a power cut neither; each request waits for the disk twice. Default <c>process</c>.
    /// </summary>
    [AllowedValues(ProcessDurability, PowerDurability, ErrorMessage = "Beast:Durability is 'process' or 'power'.")]
    public string Durability { get; set; } = ProcessDurability;

    /// <summary>Bytes of the usage spool, 32 MiB to 1 TiB. At the bound new requests get 503. Default 1 GiB.</summary>
    [Range(32L * 1024 * 1024, 1024L * 1024 * 1024 * 1024, ErrorMessage = "Beast:SpoolMaxBytes is between 33554432 and 1099511627776.")]
    public long SpoolMaxBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>Log lines and spans of a request name its tenant. Default true.</summary>
    public bool TellTenant { get; set; } = true;

    /// <summary>Log lines of a request carry its id and its tenant as fields. Default true where logs are JSON, else false.</summary>
    public bool? LogScopes { get; set; }

    internal const string ProcessDurability = "process";

    internal const string PowerDurability = "power";
}
