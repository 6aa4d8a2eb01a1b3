using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.ClusterTests.Storage;

/// <summary>
/// Stored rows are keyed by (grain key, state name) alone: two grain classes that share both would read each other's state,
/// and keys that look like hex or a GUID are normalised.
/// </summary>
public sealed partial class StateKeyTests
{
    private static readonly Type[] GrainClasses =
        [.. typeof(GrainServices).Assembly.GetTypes().Where(type => typeof(Grain).IsAssignableFrom(type) && !type.IsAbstract)];

    [Fact]
    public void Every_grain_class_has_a_type_name_of_its_own()
    {
        Assert.NotEmpty(GrainClasses);
        Assert.All(GrainClasses, type => Assert.NotNull(TypeNameOf(type)));
        Assert.Equal(GrainClasses.Length, GrainClasses.Select(TypeNameOf).Distinct().Count());
    }

    [Fact]
    public void Every_state_is_named_after_its_grain_type_and_lives_in_the_products_storage()
    {
        var states =
            from type in GrainClasses
            from parameter in type.GetConstructors().SelectMany(constructor => constructor.GetParameters())
            let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
            where attribute is not null
            select (Type: type, attribute.StateName, attribute.StorageName, State: parameter.ParameterType.GetGenericArguments()[0]);

        var found = states.ToArray();
        Assert.NotEmpty(found);
        Assert.All(found, state => Assert.Equal(TypeNameOf(state.Type), state.StateName));
        Assert.All(found, state => Assert.Equal(StorageNames.Beast, state.StorageName));
        Assert.Equal(found.Length, found.Select(state => state.StateName).Distinct().Count());
        Assert.All(found, state => Assert.NotNull(state.State.GetProperty("SchemaVersion")));
        Assert.All(found, state => Assert.Contains(
            state.State.GetProperties(), property => property.IsDefined(typeof(System.Text.Json.Serialization.JsonExtensionDataAttribute))));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0a")]
    [InlineData("42")]
    [InlineData("a+b/c:d")]
    [InlineData("6f9619ff-8b86-d011-b42d-00cf4fc964ff")]
    public void Every_grain_key_has_a_typed_prefix_and_nothing_that_a_store_would_normalise(string opaque)
    {
        var tenant = TenantId.Parse("0a");
        var user = UserId.Parse(opaque);
        var model = ModelId.Of("openai", opaque);
        string[] keys =
        [
            GrainKeys.Tenant(tenant),
            GrainKeys.Selector(tenant, user),
            GrainKeys.VirtualKey("0a"),
            GrainKeys.ChangeFeed(1),
            GrainKeys.Metrics(tenant),
            GrainKeys.Budget(MeteredScope.OfUser(tenant, user)),
            GrainKeys.Limit(MeteredScope.OfKey(opaque)),
            GrainKeys.Endpoint(EndpointOwner.Platform, model),
            GrainKeys.Endpoint(EndpointOwner.OfTenant(tenant), model),
            GrainKeys.Endpoint(EndpointOwner.OfUser(tenant, user), model),
        ];

        Assert.All(keys, key => Assert.Matches(TypedPrefix(), key));
        Assert.All(keys, key => Assert.DoesNotContain('+', key));
        Assert.All(keys, key => Assert.False(Guid.TryParse(key, out _)));
        Assert.All(keys, key => Assert.False(long.TryParse(key, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _)));
        Assert.Equal("p", GrainKeys.Platform);
        Assert.Equal("all", GrainKeys.Metrics(null));
    }

    [GeneratedRegex("^([a-z]:|p/e:)")]
    private static partial Regex TypedPrefix();

    private static string? TypeNameOf(Type type) => type.GetCustomAttributesData()
        .FirstOrDefault(attribute => attribute.AttributeType == typeof(GrainTypeAttribute))?.ConstructorArguments[0].Value as string;
}
