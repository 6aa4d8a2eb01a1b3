using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Grains.Storage.Sql;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Endpoints;

[Collection(ClusterCollection.Name)]
public sealed class RegistrationTests(ClusterFixture fixture)
{
    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_registration_survives_its_activation_with_its_key()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(), version: 3);

        await Cluster.DeactivateAsync(endpoint);
        var descriptor = await endpoint.GetDescriptorAsync();

        Assert.NotNull(descriptor);
        Assert.Equal("sk-test-0123456789", descriptor.ApiKey);
        Assert.Equal(3, descriptor.Version);
        Assert.Equal("mine", descriptor.Model);
        Assert.True(descriptor.AddressChosenByTenant);
    }

    [Fact]
    public async Task The_key_is_not_stored_in_clear()
    {
        var secret = "sk-" + Guid.NewGuid().ToString("N");
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(apiKey: secret), version: 1);

        // Latin-1 keeps every byte: the text would be found in whatever it lies.
        var states = await Cluster.Database.ReadAsync(session => session.Prepare("SELECT PayloadBinary FROM OrleansStorage")
            .ReadAll(row => Encoding.Latin1.GetString((byte[])row.GetValue(0))));
        Assert.Contains(states, state => state.Contains("\"credential\":", StringComparison.Ordinal));
        Assert.DoesNotContain(states, state => state.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_registration_of_the_same_version_changes_nothing()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));

        var first = await endpoint.PutAsync(Make.Model(), version: 1);
        var again = await endpoint.PutAsync(Make.Model(), version: 1);
        var other = await endpoint.PutAsync(Make.Model() with { Model = "llama" }, version: 1);

        Assert.Equal(first, again);
        Assert.Equal(2, other.Version);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9001/other/v1", true)]
    [InlineData("http://127.0.0.1:9002/v1", false)]
    [InlineData("https://127.0.0.1:9001/v1", false)]
    [InlineData("http://models.example/v1", false)]
    public async Task A_key_does_not_follow_its_model_to_another_origin(string baseUrl, bool keepsKey)
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(), version: 1);

        var info = await endpoint.PatchAsync(new CustomModelPatch { BaseUrl = new Uri(baseUrl) }, version: 2);

        Assert.Equal(keepsKey, info!.HasApiKey);
        Assert.Equal(keepsKey, (await endpoint.GetDescriptorAsync())!.ApiKey is not null);
    }

    [Fact]
    public async Task A_patch_leaves_what_it_does_not_name()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model() with { ContextTokens = 8192, Capabilities = Capabilities.Tools | Capabilities.Vision }, version: 1);

        var info = await endpoint.PatchAsync(new CustomModelPatch { Enabled = false }, version: 2);

        Assert.False(info!.Enabled);
        Assert.True(info.HasApiKey);
        Assert.Equal(8192, info.ContextTokens);
        Assert.Equal(Capabilities.Tools | Capabilities.Vision, info.Capabilities);
    }

    [Fact]
    public async Task Removing_it_forgets_registration_and_circuit()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(), version: 1);
        await Make.OpenAsync(endpoint);

        await endpoint.RemoveAsync();
        await endpoint.RemoveAsync();

        Assert.Null(await endpoint.GetDescriptorAsync());
        Assert.Null(await endpoint.PatchAsync(new CustomModelPatch { Enabled = false }, version: 2));
        Assert.Equal(CircuitState.Closed, (await endpoint.GetCircuitAsync()).State);
        await Cluster.DeactivateAsync(endpoint);
        Assert.Equal(CircuitState.Closed, (await endpoint.GetCircuitAsync()).State);
    }

    [Fact]
    public async Task A_new_key_lifts_the_suspension_of_the_old_one()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(), version: 1);
        var circuit = await endpoint.GetCircuitAsync();
        for (var i = 0; i < 2; i++)
        {
            circuit = await endpoint.ReportAsync([Make.Failure(circuit, OutcomeClass.Credential) with { DescriptorVersion = 1 }]);
        }

        Assert.NotNull(circuit.SuspendedUntil);
        await endpoint.PatchAsync(new CustomModelPatch { ApiKey = "sk-another-0123456789" }, version: 2);

        Assert.Null((await endpoint.GetCircuitAsync()).SuspendedUntil);
    }
}
