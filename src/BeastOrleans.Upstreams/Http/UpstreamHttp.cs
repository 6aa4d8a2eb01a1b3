using BeastOrleans.Contracts.Endpoints;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Upstreams.Http;

/// <summary>
/// Owns the two connection pools: one for addresses that the operator chose, one, guarded, for those that tenants chose.
/// <see cref="HttpMessageInvoker"/> rather than HttpClient: no timeout timer and no linked token per request.
/// </summary>
internal sealed class UpstreamHttp : IDisposable
{
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _platform;
    private readonly HttpMessageInvoker _guarded;

    public UpstreamHttp(IOptions<UpstreamOptions> options)
    {
        TraceContext = options.Value.TraceContext;
        Guard = new AddressGuard(UpstreamOptionsValidator.Parse(options.Value));
        Connector = new GuardedConnector(Guard);
        _platform = new HttpMessageInvoker(NewHandler());
        var guarded = NewHandler();
        // A proxy would resolve the name itself, behind the guard's back.
        guarded.UseProxy = false;
        guarded.ConnectCallback = Connector.ConnectAsync;
        _guarded = new HttpMessageInvoker(guarded);
    }

    public AddressGuard Guard { get; }

    /// <summary>Who is sent the trace context, see <see cref="UpstreamOptions.TraceContext"/>.</summary>
    public string TraceContext { get; }

    public GuardedConnector Connector { get; }

    /// <summary>Returns when the answer's headers have arrived; its body is read by whoever disposes it.</summary>
    public Task<HttpResponseMessage> SendAsync(
        EndpointDescriptor target,
        HttpRequestMessage request,
        CancellationToken cancellationToken) =>
        (target.AddressChosenByTenant ? _guarded : _platform).SendAsync(request, cancellationToken);

    public void Dispose()
    {
        _platform.Dispose();
        _guarded.Dispose();
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = ConnectTimeout,
        // DNS changes are seen within this time.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // Kilobytes.
        MaxResponseHeadersLength = 64,
        // The default reads on for 2 s after a disposal: the upstream would go on generating for nobody.
        ResponseDrainTimeout = TimeSpan.Zero,
        // Our trace ids are no business of a third party; who is told them is decided in TraceContext.
        ActivityHeadersPropagator = null,
    };
}
