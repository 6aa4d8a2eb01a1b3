namespace BeastOrleans.Contracts.Endpoints;

/// <summary>Registered by a tenant, a user or the operator (custom), or a third party (provider).</summary>
[GenerateSerializer, Alias("beast.EndpointType")]
public enum EndpointType
{
    Custom = 0,
    Provider = 1,
}

/// <summary>The wire format of an upstream.</summary>
[GenerateSerializer, Alias("beast.Dialect")]
public enum Dialect
{
    OpenAI = 0,
    Anthropic = 1,
    Gemini = 2,
}

/// <summary>What a request needs or a model has. An endpoint that declares none is assumed to have them all.</summary>
[Flags]
[GenerateSerializer, Alias("beast.Capabilities")]
public enum Capabilities
{
    None = 0,
    Tools = 1,
    Vision = 2,
    JsonSchema = 4,
    Embeddings = 8,
}
