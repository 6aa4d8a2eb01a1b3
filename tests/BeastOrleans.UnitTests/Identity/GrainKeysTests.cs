using BeastOrleans.Contracts.Identity;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Identity;

public sealed class GrainKeysTests
{
    private static readonly string[] Awkward = ["+", "/", ":", "%", "%2F", "%2f", "a/b:c+d", "u:x/e:y", "0a", "a", "..", "👋", "e\u0301"];

    private static readonly Gen<string> Opaque = Gen.OneOf(
        Gen.String[Gen.Char["abAB019+/:%~._- ?#&=@\\|é漢"], 1, 40],
        Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]));

    private static readonly Gen<TenantId> Tenants = Gen.String[Gen.Char["ab09._-"], 1, 12].Select(TenantId.Parse);

    private static readonly Gen<EndpointOwner> Owners = Gen.OneOf(
        Gen.Const(EndpointOwner.Platform),
        Tenants.Select(EndpointOwner.OfTenant),
        Gen.Select(Tenants, Opaque, (tenant, user) => EndpointOwner.OfUser(tenant, UserId.Parse(user))));

    private static readonly Gen<ModelId> Models = Gen.Select(
        Gen.String[Gen.Char["abz09._-"], 1, 10], Opaque, ModelId.Of);

    [Fact]
    public void Endpoint_RoundTrips() =>
        Gen.Select(Owners, Models).Sample((owner, model) =>
            GrainKeys.TryParseEndpoint(GrainKeys.Endpoint(owner, model), out var backOwner, out var backModel)
            && backOwner == owner && backModel == model);

    [Fact]
    public void Endpoint_IsInjective() =>
        Gen.Select(Owners, Models, Owners, Models).Sample((owner, model, otherOwner, otherModel) =>
            (owner == otherOwner && model == otherModel)
            == (GrainKeys.Endpoint(owner, model) == GrainKeys.Endpoint(otherOwner, otherModel)));

    [Fact]
    public void Selector_RoundTripsAndIsInjective() =>
        Gen.Select(Tenants, Opaque, Tenants, Opaque).Sample((tenant, user, otherTenant, otherUser) =>
        {
            var key = GrainKeys.Selector(tenant, UserId.Parse(user));
            return GrainKeys.TryParseSelector(key, out var backTenant, out var backUser)
                && backTenant == tenant && backUser.Value == user
                && (key == GrainKeys.Selector(otherTenant, UserId.Parse(otherUser))) == (tenant == otherTenant && user == otherUser);
        });

    [Fact]
    public void Keys_HoldNoPlusAndStartWithATypedPrefix() =>
        Gen.Select(Owners, Models).Sample((owner, model) =>
        {
            var key = GrainKeys.Endpoint(owner, model);
            return !key.Contains('+', StringComparison.Ordinal)
                && (key.StartsWith("p/e:", StringComparison.Ordinal) || key.StartsWith("t:", StringComparison.Ordinal));
        });

    [Theory]
    [InlineData("p/e:custom:x", OwnerKind.Platform)]
    [InlineData("t:acme/e:openai:gpt-4", OwnerKind.Tenant)]
    [InlineData("t:acme/u:alice/e:custom:my-model", OwnerKind.User)]
    public void Endpoint_Parses(string key, OwnerKind kind)
    {
        Assert.True(GrainKeys.TryParseEndpoint(key, out var owner, out var model));
        Assert.Equal(kind, owner.Kind);
        Assert.Equal(key, GrainKeys.Endpoint(owner, model));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("p")]
    [InlineData("p/e:")]
    [InlineData("p/e:custom")]
    [InlineData("x/e:custom:a")]
    [InlineData("t:/e:custom:a")]
    [InlineData("t:ACME/e:custom:a")]
    [InlineData("t:acme/u:/e:custom:a")]
    [InlineData("t:acme/v:bob/e:custom:a")]
    [InlineData("t:acme/u:bob/e:custom:a/b")]
    public void Endpoint_RefusesOtherText(string? key) => Assert.False(GrainKeys.TryParseEndpoint(key, out _, out _));

    [Theory]
    [InlineData(null)]
    [InlineData("t:/u:x")]
    [InlineData("t:acme")]
    [InlineData("p/u:x")]
    [InlineData("t:acme/u:")]
    public void Selector_RefusesOtherText(string? key) => Assert.False(GrainKeys.TryParseSelector(key, out _, out _));

    [Fact]
    public void KindsOfKeys_NeverMeet()
    {
        var tenant = TenantId.Parse("all");
        string[] keys =
        [
            GrainKeys.Platform, GrainKeys.Tenant(tenant), GrainKeys.Selector(tenant, UserId.Shared), GrainKeys.VirtualKey("all"),
            GrainKeys.ChangeFeed(0), GrainKeys.Metrics(null), GrainKeys.Endpoint(EndpointOwner.Platform, ModelId.Custom("all")),
        ];
        Assert.Equal(keys.Length, keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }
}
