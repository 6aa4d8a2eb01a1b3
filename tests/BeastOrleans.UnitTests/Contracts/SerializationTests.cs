using System.Reflection;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;

namespace BeastOrleans.UnitTests.Contracts;

/// <summary>A missing [GenerateSerializer] or [Id] fails only at run time: here it fails in a test.</summary>
public sealed class SerializationTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<Type> Messages => [.. typeof(RoutePlan).Assembly.GetExportedTypes()
        .Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !t.IsEnum && !t.IsGenericTypeDefinition)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void RoundTrip_EveryMemberFilled_KeepsEveryMember(Type type)
    {
        var value = Sample.Of(type, depth: 0)!;
        var serializer = Services.GetRequiredService<Serializer>();

        var copy = serializer.Deserialize<object>(serializer.SerializeToArray(value));

        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(value, type), System.Text.Json.JsonSerializer.Serialize(copy, type));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Type_OfTheWire_IsSealedImmutableAndAliased(Type type)
    {
        Assert.True(type.IsSealed, "a wire type is sealed");
        Assert.NotNull(type.GetCustomAttribute<ImmutableAttribute>());
        Assert.StartsWith("beast.", type.GetCustomAttribute<AliasAttribute>()!.Alias, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_OfWhatHoldsASecret_DoesNotShowIt()
    {
        const string Secret = "sk-planted-secret";
        var descriptor = (EndpointDescriptor)Sample.Of(typeof(EndpointDescriptor), 0)! with { ApiKey = Secret };
        var registration = (CustomModelRegistration)Sample.Of(typeof(CustomModelRegistration), 0)! with { ApiKey = Secret };
        var patch = (CustomModelPatch)Sample.Of(typeof(CustomModelPatch), 0)! with { ApiKey = Secret };
        var provider = (ProviderRegistration)Sample.Of(typeof(ProviderRegistration), 0)! with { ApiKey = Secret };

        Assert.All([descriptor.ToString(), registration.ToString(), patch.ToString(), provider.ToString()], text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
    }

    /// <summary>A value of any wire type with every member set to something that is not its default.</summary>
    private static class Sample
    {
        public static object? Of(Type type, int depth)
        {
            if (Nullable.GetUnderlyingType(type) is { } inner)
            {
                return Of(inner, depth);
            }

            if (type.IsEnum)
            {
                var values = Enum.GetValues(type);
                return values.GetValue(values.Length - 1);
            }

            if (type.IsArray)
            {
                var array = Array.CreateInstance(type.GetElementType()!, 2);
                array.SetValue(Of(type.GetElementType()!, depth + 1), 0);
                array.SetValue(Of(type.GetElementType()!, depth + 1), 1);
                return array;
            }

            return Primitive(type) ?? Composite(type, depth);
        }

        private static object? Primitive(Type type) => type switch
        {
            _ when type == typeof(string) => "text-" + type.GetHashCode().ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ when type == typeof(int) => 42,
            _ when type == typeof(long) => 43L,
            _ when type == typeof(double) => 1.5,
            _ when type == typeof(bool) => true,
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(7),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            _ when type == typeof(Uri) => new Uri("http://127.0.0.1:9001/v1"),
            _ => null,
        };

        private static object Composite(Type type, int depth)
        {
            Assert.True(depth < 8, $"{type} nests too deeply");
            var value = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetCustomAttribute<IdAttribute>() is not null))
            {
                property.SetValue(value, Of(property.PropertyType, depth + 1));
            }

            return value;
        }
    }
}
