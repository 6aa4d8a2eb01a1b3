using System.Buffers;
using System.IO.Compression;

namespace BeastOrleans.Upstreams.Http;

/// <summary>Reads an answer's body within a bound, decoding what came compressed although identity was asked.</summary>
internal static class BoundedBody
{
    /// <summary>Bytes of a whole answer, after decoding.</summary>
    public const int MaxAnswerBytes = 32 * 1024 * 1024;

    /// <summary>Bytes of an error's body that are looked at; the rest is not read.</summary>
    public const int MaxErrorBytes = 64 * 1024;

    /// <summary>Up to here a declared length is believed and its array made at once; beyond, memory follows the bytes that come.</summary>
    private const int MaxBelievedLength = 1024 * 1024;

    private const int FirstBuffer = 16 * 1024;

    /// <returns>Null when the body is longer than <paramref name="limitBytes"/>.</returns>
    /// <exception cref="InvalidDataException">The compression is broken or unknown.</exception>
    /// <exception cref="IOException">The connection broke, or the body ended before its declared length.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limitBytes, CancellationToken cancellationToken)
    {
        var stream = await OpenAsync(content, cancellationToken);
        await using (stream)
        {
            var declared = content.Headers.ContentEncoding.Count == 0 ? content.Headers.ContentLength : null;
            if (declared > limitBytes)
            {
                return null;
            }

            return declared <= MaxBelievedLength
                ? await ReadExactAsync(stream, (int)declared.Value, cancellationToken)
                : await ReadGrowingAsync(stream, limitBytes, cancellationToken);
        }
    }

    /// <summary>At most <paramref name="limitBytes"/> from the body's start; what a broken body gave until it broke.</summary>
    public static async ValueTask<byte[]> ReadStartAsync(HttpContent content, int limitBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(limitBytes);
        var length = 0;
        try
        {
            var stream = await OpenAsync(content, cancellationToken);
            await using (stream)
            {
                length = await ReadUntilAsync(stream, buffer, limitBytes, cancellationToken);
            }

            return buffer.AsSpan(0, length).ToArray();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or HttpRequestException)
        {
            // The status alone is enough to classify by.
            cancellationToken.ThrowIfCancellationRequested();
            return buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The body as a stream of decoded bytes. Not bounded: its reader counts.</summary>
    /// <exception cref="InvalidDataException">An encoding that is not known.</exception>
    public static async ValueTask<Stream> OpenAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var raw = await content.ReadAsStreamAsync(cancellationToken);
        var encodings = content.Headers.ContentEncoding;
        if (encodings.Count == 0)
        {
            return raw;
        }

        var encoding = encodings.Count == 1 ? encodings.First().ToLowerInvariant() : "several";
        return encoding switch
        {
            "identity" => raw,
            "gzip" or "x-gzip" => new GZipStream(raw, CompressionMode.Decompress),
            "deflate" => new ZLibStream(raw, CompressionMode.Decompress),
            "br" => new BrotliStream(raw, CompressionMode.Decompress),
            _ => throw new InvalidDataException("The answer's content encoding is not known."),
        };
    }

    private static async ValueTask<byte[]> ReadExactAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var body = GC.AllocateUninitializedArray<byte>(length);
        await stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    private static async ValueTask<byte[]?> ReadGrowingAsync(Stream stream, int limitBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                if (read == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                length += read;
                if (length > limitBytes)
                {
                    return null;
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> ReadUntilAsync(Stream stream, byte[] buffer, int limitBytes, CancellationToken cancellationToken)
    {
        var length = 0;
        while (length < limitBytes)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length, limitBytes - length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return length;
    }
}
