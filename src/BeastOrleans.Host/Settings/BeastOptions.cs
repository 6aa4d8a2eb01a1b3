using System.ComponentModel.DataAnnotations;

namespace BeastOrleans.Host.Settings;

/// <summary>How this process runs, section <c>Beast</c>. Read once, at the start.</summary>
public sealed class BeastOptions
{
    public const string Section = "Beast";

    /// <summary><c>all</c>: gateway and silo in one process. Default <c>all</c>.</summary>
    [AllowedValues("all", ErrorMessage = "Beast:Role is 'all' in this version; 'silo' and 'gateway' come with the cluster release.")]
    public string Role { get; set; } = "all";

    /// <summary><c>sqlite</c>. Default <c>sqlite</c>.</summary>
    [AllowedValues("sqlite", ErrorMessage = "Beast:Storage is 'sqlite' in this version; 'postgres' comes with the cluster release.")]
    public string Storage { get; set; } = "sqlite";

    /// <summary>The SQLite file and generated secrets. Default <c>data</c>, relative to the working directory.</summary>
    [Required(ErrorMessage = "Beast:DataDirectory names a directory.")]
    public string DataDirectory { get; set; } = "data";

    /// <summary>Metrics and health, 1 to 65535. Default 9464.</summary>
    [Range(1, 65535, ErrorMessage = "Beast:OperationsPort is a port from 1 to 65535.")]
    public int OperationsPort { get; set; } = 9464;

    /// <summary>Orleans' silo port, 1 to 65535. Default 11111.</summary>
    [Range(1, 65535, ErrorMessage = "Beast:SiloPort is a port from 1 to 65535.")]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Orleans' client gateway port, 1 to 65535. Default 30000.</summary>
    [Range(1, 65535, ErrorMessage = "Beast:ClientGatewayPort is a port from 1 to 65535.")]
    public int ClientGatewayPort { get; set; } = 30000;

    /// <summary>Where the operations port listens: an IP address. Default 127.0.0.1.</summary>
    [RegularExpression(@"[0-9a-fA-F.:]+", ErrorMessage = "Beast:BindAddress is an IP address.")]
    public string BindAddress { get; set; } = "127.0.0.1";

    /// <summary>Orleans' identity of the cluster. Default <c>beast</c>.</summary>
    [Required]
    public string ClusterId { get; set; } = "beast";

    /// <summary>Orleans' identity of the service: part of every row's key. Default <c>beast</c>.</summary>
    [Required]
    public string ServiceId { get; set; } = "beast";

    /// <summary>Where traces and metrics are sent by OTLP (gRPC), e.g. <c>http://127.0.0.1:4317</c>. Default: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, else nowhere.</summary>
    public Uri? Otlp { get; set; }

    /// <summary>The share of requests that are traced, 0 to 1, where their caller has not decided it. Default 0.1.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Beast:TraceRatio is between 0 and 1.")]
    public double TraceRatio { get; set; } = 0.1;

    /// <summary><c>simple</c>: a line for people. <c>json</c>: an object a line. Default <c>json</c> in a container, else <c>simple</c>.</summary>
    [AllowedValues("simple", "json", null, ErrorMessage = "Beast:Logs is 'simple' or 'json'.")]
    public string? Logs { get; set; }

    /// <summary>Key-encryption keys. Default: made in the data directory.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>The same keys as a setting, for places that hand secrets over in the environment; wins over the file.</summary>
    public string? MasterKeys { get; set; }
}
