using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.Probing;

/// <summary>The free active probe: asks for the model list, spends no token.</summary>
public sealed class EndpointHealthCheck
{
    private readonly UpstreamHttp _http;

    internal EndpointHealthCheck(UpstreamHttp http) => _http = http;

    /// <summary>True when the endpoint answers below 500 and does not refuse the credential. The limit is the caller's.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, and only then.</exception>
    public async Task<bool> ProbeAsync(EndpointDescriptor endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var (status, _) = await AskModelsAsync(_http, endpoint, cancellationToken);
        return status is >= 200 and < 500 and not 401 and not 403;
    }

    /// <summary>The status of <c>GET /models</c>, or 0 and what the connection did instead.</summary>
    internal static async Task<(int Status, TransportFault Fault)> AskModelsAsync(
        UpstreamHttp http, EndpointDescriptor endpoint, CancellationToken cancellationToken)
    {
        if (!EndpointCredential.IsSendable(endpoint.ApiKey))
        {
            return (401, TransportFault.None);
        }

        var urls = EndpointUrls.Of(endpoint.BaseUrl);
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint.Dialect switch
        {
            Dialect.Anthropic => urls.AnthropicModels,
            Dialect.Gemini => urls.GeminiModels,
            _ => urls.OpenAIModels,
        });
        EndpointCredential.Add(request.Headers, endpoint.Dialect, endpoint.ApiKey, endpoint.Quirks);
        try
        {
            using var response = await http.SendAsync(endpoint, request, cancellationToken);
            return ((int)response.StatusCode, TransportFault.None);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && TransportFaults.IsCancellation(exception))
        {
            throw new OperationCanceledException("The probe was cancelled.", exception, cancellationToken);
        }
        catch (Exception exception) when (TransportFaults.IsTransport(exception))
        {
            return (0, TransportFaults.Of(exception));
        }
    }
}
