using System.Reflection;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains;
using BeastOrleans.Grains.Storage;

namespace BeastOrleans.ClusterTests;

/// <summary>
/// The AdoNet store keys rows by (grain key, state name) alone, not by grain type, and normalises keys that parse as
/// hex or a GUID. Two rules keep rows apart: unique state names, and typed prefixes on every key.
/// </summary>
public sealed class StorageKeyTests
{
    private static readonly (Type Grain, PersistentStateAttribute State)[] States =
    [
        .. from type in typeof(GrainServices).Assembly.GetTypes()
           where typeof(IGrain).IsAssignableFrom(type) && !type.IsAbstract
           from constructor in type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
           from parameter in constructor.GetParameters()
           let state = parameter.GetCustomAttribute<PersistentStateAttribute>()
           where state is not null
           select (type, state),
    ];

    [Fact]
    public void Every_state_is_named_like_its_grain_type_and_no_name_is_used_twice()
    {
        Assert.NotEmpty(States);
        Assert.All(States, s => Assert.Equal(s.Grain.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!).ToString(), s.State.StateName));
        Assert.Equal(States.Length, States.Select(s => s.State.StateName).Distinct(StringComparer.Ordinal).Count());
        Assert.All(States, s => Assert.Equal(StorageNames.Beast, s.State.StorageName));
    }

    [Fact]
    public void No_key_with_its_prefix_parses_as_a_number_or_a_guid()
    {
        var tenant = TenantId.Parse("0a");
        var user = UserId.Parse("00000000-0000-0000-0000-000000000001");
        string[] keys =
        [
            GrainKeys.Tenant(tenant),
            GrainKeys.Selector(tenant, user),
            GrainKeys.VirtualKey(new string('0', 64)),
            GrainKeys.Endpoint(EndpointOwner.OfUser(tenant, user), ModelId.Of("openai", "a+b/c")),
            GrainKeys.Endpoint(EndpointOwner.Platform, ModelId.Custom("0a")),
            GrainKeys.ChangeFeed(0),
        ];

        Assert.All(keys, key =>
        {
            Assert.Contains(key[..2], new[] { "t:", "k:", "p/", "f:" });
            Assert.DoesNotContain('+', key);
            Assert.False(Guid.TryParse(key, out _));
            Assert.False(long.TryParse(key, System.Globalization.NumberStyles.HexNumber, null, out _));
        });
    }
}
