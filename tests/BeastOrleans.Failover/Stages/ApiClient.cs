using System.Net.Http.Headers;
using System.Net.Http.Json;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Stages;

/// <summary>Calls of the management API under one key.</summary>
internal sealed class ApiClient(HttpClient http, string key)
{
    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await http.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);
}
