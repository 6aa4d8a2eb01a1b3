using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace BeastOrleans.Failover.Clients;

/// <summary>A caller of the gateway with a key of its own and no retries: what it sees is what the gateway did.</summary>
internal sealed class ChatClient(HttpClient http, string key)
{
    /// <param name="mode">How the answer is wanted.</param>
    /// <param name="patience">After so long the client calls it a hang and leaves.</param>
    public async Task<ClientAnswer> AskAsync(Mode mode, TimeSpan patience, params (string Name, string Value)[] headers)
    {
        var reader = new AnswerReader(TimeProvider.System.GetTimestamp());
        using var limit = new CancellationTokenSource(patience);
        try
        {
            using var request = Request(mode, headers);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            await reader.ReadAsync(response, limit.Token);
            return reader.ToAnswer(hung: false, broken: false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return reader.ToAnswer(hung: true, broken: false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return reader.ToAnswer(hung: false, broken: true);
        }
    }

    private HttpRequestMessage Request(Mode mode, (string Name, string Value)[] headers)
    {
        var body = new { model = "auto", stream = mode != Mode.Plain, messages = new[] { new { role = "user", content = "Hello" } } };
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (mode == Mode.Buffered)
        {
            request.Headers.Add("x-beast-stream", "buffered");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }
}
