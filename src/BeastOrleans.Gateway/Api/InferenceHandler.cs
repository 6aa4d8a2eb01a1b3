using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Api;

/// <summary>
/// The first stop of a request's path, the same for every dialect: the body within its bound and read once, the headers, the
/// user; then the forwarder. A dialect brings its reader and its format.
/// </summary>
/// <remarks>A bare <see cref="RequestDelegate"/>: no binding, no filters, nothing per request that the path does not need.</remarks>
internal sealed class InferenceHandler(IServiceProvider services, InferenceHandler.Reader read, Func<ModelRequest, IAnswerFormat> format)
{
    private readonly RequestForwarder _forwarder = services.GetRequiredService<RequestForwarder>();
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();
    private readonly int _maxBytes = services.GetRequiredService<IOptions<GatewayOptions>>().Value.MaxRequestBytes;

    /// <summary>A request, or what is wrong with its body.</summary>
    public delegate (ModelRequest? Request, RequestDefect? Defect) Reader(ReadOnlyMemory<byte> body, IHeaderDictionary headers);

    public async Task HandleAsync(HttpContext http)
    {
        var startedAt = _time.GetTimestamp();
        var (body, problem) = await RequestBody.ReadAsync(http, _maxBytes);
        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, problem);
            return;
        }

        var (request, defect) = read(body, http.Request.Headers);
        if (request is null)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest(defect!.Message, defect.Param));
            return;
        }

        if (!RequestOptions.TryRead(http.Request.Headers, out var options, out problem))
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        var caller = Caller.Of(http);
        if (!caller.TryResolveUser(http, request.User, out var user, out var why))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.Forbidden(why, "user_not_allowed"));
            return;
        }

        await _forwarder.ForwardAsync(new Exchange
        {
            Http = http,
            Caller = caller,
            User = user,
            Request = request,
            Options = options,
            Format = format(request),
            StartedAt = startedAt,
        });
    }
}
