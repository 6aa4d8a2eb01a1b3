using System.Net.Http.Headers;
using System.Text.Json;

namespace BeastOrleans.PassThrough;

/// <summary>
/// The least that any gateway must do: read the body, find the model's name, send the bytes on, stream the answer
/// back. No keys, no plan, no retry, no usage, no limits: what a gateway costs above this is its own doing.
/// </summary>
internal sealed class Relay(Uri upstream) : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    });

    public async Task HandleAsync(HttpContext http)
    {
        var body = new byte[(int)(http.Request.ContentLength ?? 0)];
        await http.Request.Body.ReadExactlyAsync(body, http.RequestAborted);
        if (ModelOf(body) is null)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, upstream) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _http.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        http.Response.ContentLength = response.Content.Headers.ContentLength;
        await CopyAsync(response, http);
    }

    /// <summary>Each piece goes out as it comes: an answer in pieces is a stream.</summary>
    private static async Task CopyAsync(HttpResponseMessage response, HttpContext http)
    {
        await using var source = await response.Content.ReadAsStreamAsync(http.RequestAborted);
        var output = http.Response.BodyWriter;
        while (true)
        {
            var read = await source.ReadAsync(output.GetMemory(BufferBytes), http.RequestAborted);
            if (read == 0)
            {
                return;
            }

            output.Advance(read);
            await output.FlushAsync(http.RequestAborted);
        }
    }

    private static string? ModelOf(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isModel = reader.ValueTextEquals("model"u8);
            reader.Read();
            if (isModel)
            {
                return reader.GetString();
            }

            reader.Skip();
        }

        return null;
    }

    public void Dispose() => _http.Dispose();
}
