using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;

namespace BeastOrleans.UnitTests.Gateway;

internal static class EndpointViews
{
    public static EndpointDescriptor Descriptor(long version) => new()
    {
        Key = "t:acme/e:m",
        ModelId = ModelId.Custom("m"),
        Type = EndpointType.Custom,
        Owner = OwnerKind.Tenant,
        Dialect = Dialect.OpenAI,
        BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
        Model = "llama-3",
        Version = version,
    };

    public static EndpointView View(long version, CircuitSnapshot circuit) => new() { Descriptor = Descriptor(version), Circuit = circuit };
}
