using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Http;

/// <summary>A request whose endpoint speaks the client's own dialect: the client's bytes, with the model's name replaced. Nothing is copied.</summary>
internal static class ModelSplice
{
    private static readonly byte[] Before = Encoding.UTF8.GetBytes("\"model\":");
    private static readonly byte[] Comma = [(byte)','];

    public static SegmentedContent Build(ModelRequest request, string model)
    {
        var (start, length) = request.ModelToken;
        var name = JsonString(model);
        if (length > 0)
        {
            return new SegmentedContent(request.Body[..start], name, request.Body[(start + length)..]);
        }

        var rest = request.Body[request.ObjectStart..];
        return new SegmentedContent(request.Body[..request.ObjectStart], Before, name, request.IsEmptyObject ? default : Comma, rest);
    }

    /// <summary>Valid JSON either way; the relaxed encoder leaves names readable that are not ASCII.</summary>
    public static ReadOnlyMemory<byte> JsonString(string text)
    {
        var encoded = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        var token = new byte[encoded.Length + 2];
        token[0] = token[^1] = (byte)'"';
        encoded.CopyTo(token.AsSpan(1));
        return token;
    }
}
