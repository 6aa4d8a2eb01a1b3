using Xunit;

namespace BeastOrleans.GatewayTests.Process;

/// <summary>One after the other, and nothing beside them: some take the product's own ports, and all measure a start.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessCollection
{
    public const string Name = "process";
}
