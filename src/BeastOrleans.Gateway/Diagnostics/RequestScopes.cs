using System.Collections;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Gateway.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>Gives every log line of a request its id and its tenant as fields, where lines have fields.</summary>
internal sealed class RequestScopes(ILogger<RequestScopes> logger, IOptions<GatewayOptions> options)
{
    private readonly bool _isOn = options.Value.LogScopes ?? false;
    private readonly bool _tellTenant = options.Value.TellTenant;

    /// <summary>Null when it is off: then a request pays nothing for it.</summary>
    public IDisposable? Begin(HttpContext http, Caller? caller) =>
        _isOn ? logger.BeginScope(new Scope(RequestId.Of(http), _tellTenant ? caller?.Tenant : null)) : null;

    /// <summary>Costs one object; read only when a line is written.</summary>
    private sealed class Scope(string requestId, TenantId? tenant) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => tenant is null ? 1 : 2;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new("beast.request_id", requestId),
            1 when tenant is { } one => new("beast.tenant", one.Value),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
            {
                yield return this[i];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => requestId;
    }
}
