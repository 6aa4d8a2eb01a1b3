using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Core.Selection;

/// <summary>What of a provider's peculiarities concerns one endpoint. Decided when it is described, so that a request decides nothing.</summary>
public static class ProviderQuirks
{
    private const string FineTuned = "ft:";

    /// <param name="provider">Whose endpoint it is; null = nobody's that we know.</param>
    /// <param name="model">The upstream's name.</param>
    /// <param name="asked">What its owner says; that counts before what we know.</param>
    /// <returns>Null where there are none: most endpoints.</returns>
    public static EndpointQuirks? Of(WellKnownProvider? provider, string model, AuthHeader asked)
    {
        var header = asked == AuthHeader.Usual ? provider?.AuthHeader ?? AuthHeader.Usual : asked;
        var fields = FieldsOf(provider?.Fields ?? [], model);
        var headers = provider?.Headers ?? [];
        return header == AuthHeader.Usual && fields.Length == 0 && headers.Length == 0
            ? null
            : new EndpointQuirks { AuthHeader = header, Fields = fields, Headers = headers };
    }

    private static FieldQuirk[] FieldsOf(ProviderField[] fields, string model)
    {
        var name = model.StartsWith(FineTuned, StringComparison.Ordinal) ? model[FineTuned.Length..] : model;
        return
        [
            .. fields
                .Where(field => field.Models.Length == 0 || Array.Exists(field.Models, start => name.StartsWith(start, StringComparison.Ordinal)))
                .Select(static field => new FieldQuirk { Name = field.Name, SendAs = field.SendAs }),
        ];
    }
}
