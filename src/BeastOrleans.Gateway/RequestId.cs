using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway;

/// <summary>The id under which a client, a log line and the ledger speak of one request.</summary>
internal static class RequestId
{
    /// <summary>Made on first use: time-ordered, so that the ledger's index grows at its end.</summary>
    public static string Of(HttpContext http)
    {
        var id = http.TraceIdentifier;
        if (!id.StartsWith("req_", StringComparison.Ordinal))
        {
            id = string.Create(36, Guid.CreateVersion7(), static (span, guid) =>
            {
                "req_".CopyTo(span);
                guid.TryFormat(span[4..], out _, "N");
            });
            http.TraceIdentifier = id;
        }

        return id;
    }
}
