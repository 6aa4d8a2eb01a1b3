using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>Reads one page; a cursor that no page of this gateway has handed out is the caller's mistake.</summary>
internal static class Paging
{
    /// <returns>Null after a 400 has been written.</returns>
    public static async Task<T?> ReadAsync<T>(HttpContext http, string? cursor, Func<string?, Task<T>> read)
        where T : class
    {
        try
        {
            return await read(cursor);
        }
        catch (ArgumentException) when (cursor is not null)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest("A cursor is the 'next' of an earlier page of the same list.", "cursor"));
            return null;
        }
    }
}
