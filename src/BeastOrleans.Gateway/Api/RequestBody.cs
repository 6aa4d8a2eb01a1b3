using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace BeastOrleans.Gateway.Api;

/// <summary>Reads a request body whole, within the bound.</summary>
internal static class RequestBody
{
    private const int FirstGuess = 8 * 1024;

    /// <summary>
    /// The bytes, or the error to answer with. Not from a pool: a cancelled attempt's connection may still be
    /// reading them after the request has ended, and a reused buffer would send another tenant's prompt.
    /// </summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, GatewayError? Error)> ReadAsync(HttpContext http, int maxBytes)
    {
        var announced = http.Request.ContentLength;
        if (announced > maxBytes)
        {
            return (default, TooLarge(maxBytes));
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = maxBytes;
        }

        var buffer = GC.AllocateUninitializedArray<byte>(announced is { } length ? (int)length : FirstGuess);
        var filled = 0;
        var body = http.Request.Body;
        while (true)
        {
            if (filled == buffer.Length)
            {
                if (filled == announced)
                {
                    break;
                }

                if (filled >= maxBytes)
                {
                    return (default, TooLarge(maxBytes));
                }

                Array.Resize(ref buffer, Math.Min(maxBytes, buffer.Length * 2));
            }

            int read;
            try
            {
                read = await body.ReadAsync(buffer.AsMemory(filled), http.RequestAborted);
            }
            catch (BadHttpRequestException e)
            {
                return (default, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge(maxBytes) : GatewayError.BadRequest("The request body could not be read: " + e.Message));
            }

            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return (buffer.AsMemory(0, filled), null);
    }

    private static GatewayError TooLarge(int maxBytes) => GatewayError.TooLarge($"The request body is larger than {maxBytes} bytes.");
}
