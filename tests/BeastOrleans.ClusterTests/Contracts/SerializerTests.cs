using System.Reflection;
using System.Text.Json;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace BeastOrleans.ClusterTests.Contracts;

/// <summary>A type without [GenerateSerializer], or a property without [Id], fails or is lost at run time only: here.</summary>
public sealed class SerializerTests
{
    private static readonly Assembly Contracts = typeof(GrainKeys).Assembly;

    private readonly Serializer _serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<Type> WireTypes() =>
        [.. Contracts.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute))).Select(Closed)];

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Every_property_of_a_wire_type_survives_the_wire(Type type)
    {
        var value = new SampleValues().Of(type);

        var copy = _serializer.Deserialize<object>(_serializer.SerializeToArray<object>(value));

        Assert.IsType(type, copy);
        Assert.Equal(JsonSerializer.Serialize(value, type), JsonSerializer.Serialize(copy, type));
    }

    [Fact]
    public void Everything_that_a_grain_takes_or_gives_is_a_wire_type()
    {
        var exchanged = Contracts.GetTypes()
            .Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type))
            .SelectMany(type => type.GetMethods().Where(method => !method.IsStatic))
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType))
            .SelectMany(Leaves)
            .Where(type => type.Assembly == Contracts)
            .Distinct()
            .ToArray();

        Assert.NotEmpty(exchanged);
        Assert.All(exchanged, type => Assert.True(type.IsDefined(typeof(GenerateSerializerAttribute)), $"{type} has no serializer"));
    }

    [Fact]
    public void Every_wire_type_has_an_alias_of_its_own()
    {
        var types = Contracts.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute))).ToArray();

        Assert.All(types, type => Assert.NotNull(type.GetCustomAttribute<AliasAttribute>()));
        Assert.Equal(types.Length, types.Select(type => type.GetCustomAttribute<AliasAttribute>()!.Alias).Distinct().Count());
    }

    // A generic wire type is tried with one argument that stands for all.
    private static Type Closed(Type type) => type.IsGenericTypeDefinition ? type.MakeGenericType(typeof(ProviderInfo)) : type;

    private static IEnumerable<Type> Leaves(Type type)
    {
        if (type.IsArray)
        {
            return Leaves(type.GetElementType()!);
        }

        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Leaves).Append(type.GetGenericTypeDefinition()) : [type];
    }
}
