using System.ComponentModel.DataAnnotations;

namespace BeastOrleans.Host.Settings;

/// <summary>How this process runs, section <c>Beast</c>. Read once, at the start.</summary>
public sealed class BeastOptions
{
    public const string Section = "Beast";

    /// <summary>
    /// <c>all</c>: gateway and silo in one process. <c>silo</c>: the grains alone, no API. <c>gateway</c>: the API alone, a client
    /// of the silos. Default <c>all</c>.
    /// </summary>
    [AllowedValues(Roles.All, Roles.Silo, Roles.Gateway, ErrorMessage = "Beast:Role is 'all', 'silo' or 'gateway'.")]
    public string Role { get; set; } = Roles.All;

    /// <summary>
    /// <c>sqlite</c>: a file of one process. <c>postgres</c>: <c>ConnectionStrings:Beast</c>, shared by the silos of a cluster.
    /// Default <c>sqlite</c>.
    /// </summary>
    [AllowedValues(Roles.Sqlite, Roles.Postgres, ErrorMessage = "Beast:Storage is 'sqlite' or 'postgres'.")]
    public string Storage { get; set; } = Roles.Sqlite;

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

    /// <summary>Where the operations port, and in a cluster Orleans' ports, listen: an IP address. Default 127.0.0.1.</summary>
    [RegularExpression(@"[0-9a-fA-F.:]+", ErrorMessage = "Beast:BindAddress is an IP address.")]
    public string BindAddress { get; set; } = "127.0.0.1";

    /// <summary>The address that the other silos and the gateways reach this silo at. Default: <see cref="BindAddress"/>.</summary>
    public string? AdvertisedIP { get; set; }

    /// <summary>Role <c>gateway</c>: where the silos' client gateways are, <c>host:port</c>, several by comma or as a list.</summary>
    public string? SiloGateways { get; internal set; }

    /// <summary>Mutual TLS inside the cluster. Default: none.</summary>
    public ClusterTlsOptions ClusterTls { get; set; } = new();

    /// <summary>Whether silos and gateways may speak plaintext off loopback: provider keys cross that wire. Default false.</summary>
    public bool AllowPlaintextCluster { get; set; }

    /// <summary>Orleans' identity of the cluster. Default <c>beast</c>.</summary>
    [Required]
    public string ClusterId { get; set; } = "beast";

    /// <summary>Orleans' identity of the service: part of every row's key. Default <c>beast</c>.</summary>
    [Required]
    public string ServiceId { get; set; } = "beast";

    /// <summary>
    /// Orleans' own dashboard under <c>/admin/dashboard</c>, behind the admin key. It shows grains and their state. In the split
    /// shape silos and gateways both need it. Default false.
    /// </summary>
    public bool Dashboard { get; set; }

    /// <summary>
    /// Seconds that requests under way may take to end when the process is stopped; then they are ended. Every other time of a
    /// stop follows from it. 1 to 3600. Default 60.
    /// </summary>
    [Range(1, 3600, ErrorMessage = "Beast:DrainSeconds is between 1 and 3600.")]
    public double DrainSeconds { get; set; } = 60;

    /// <summary>
    /// Seconds between the moment that a stopping process says it is not ready and the moment that it takes no more connections,
    /// 0 to 300. Default 0 where everything listens on loopback, else 5.
    /// </summary>
    [Range(0, 300, ErrorMessage = "Beast:PreStopSeconds is between 0 and 300.")]
    public double? PreStopSeconds { get; set; }

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
