using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Endpoints;

[Collection(ClusterCollection.Name)]
public sealed class CircuitTests(ClusterFixture fixture)
{
    private static readonly TimeSpan PastAnyOpening = TimeSpan.FromSeconds(30);

    private BeastCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Reports_of_three_silos_add_up_in_one_circuit()
    {
        var owner = EndpointOwner.OfTenant(Make.Tenant());
        var circuit = await Cluster.At(0).Endpoint(owner).GetCircuitAsync();

        await Cluster.At(0).Endpoint(owner).ReportAsync([Make.Failure(circuit), Make.Failure(circuit)]);
        await Cluster.At(1).Endpoint(owner).ReportAsync([Make.Failure(circuit), Make.Failure(circuit)]);
        var before = await Cluster.At(1).Endpoint(owner).GetCircuitAsync();
        var after = await Cluster.At(2).Endpoint(owner).ReportAsync([Make.Failure(circuit)]);

        Assert.Equal(CircuitState.Closed, before.State);
        Assert.Equal(4, before.Failures);
        Assert.Equal(CircuitState.Open, after.State);
        Assert.Equal(before.Epoch, after.Epoch);
    }

    [Fact]
    public async Task A_report_that_arrives_twice_counts_once()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        var report = Make.Failure(await endpoint.GetCircuitAsync());

        for (var i = 0; i < 5; i++)
        {
            await endpoint.ReportAsync([report]);
        }

        Assert.Equal(1, (await endpoint.GetCircuitAsync()).Failures);
    }

    [Fact]
    public async Task Two_hundred_requests_on_three_silos_get_one_permit()
    {
        var owner = EndpointOwner.OfTenant(Make.Tenant());
        await Make.OpenAsync(Cluster.Client.Endpoint(owner));
        fixture.Clock.Advance(PastAnyOpening);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => Cluster.At(i % 3).Endpoint(owner).AskAsync(hasFallback: true)));

        var permit = Assert.Single(replies, reply => reply.Permit is not null);
        Assert.Equal(CircuitState.HalfOpen, permit.Circuit.State);
    }

    [Fact]
    public async Task A_permit_asked_for_twice_under_one_id_is_one_permit()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await Make.OpenAsync(endpoint);
        fixture.Clock.Advance(PastAnyOpening);

        var request = new PermitRequest { Id = Guid.NewGuid().ToString("N"), HasFallback = true };
        var first = await endpoint.AcquirePermitAsync(request);
        var again = await endpoint.AcquirePermitAsync(request);

        Assert.NotNull(first.Permit);
        Assert.Equal(first.Permit, again.Permit);
        Assert.Null((await endpoint.AskAsync(hasFallback: true)).Permit);
    }

    [Fact]
    public async Task A_permit_given_back_is_free_at_once()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await Make.OpenAsync(endpoint);
        fixture.Clock.Advance(PastAnyOpening);

        var permit = (await endpoint.AskAsync(hasFallback: true)).Permit!;
        await endpoint.ReportAsync(
            [new OutcomeReport { AttemptId = permit.Id, Generation = permit.Generation, PermitId = permit.Id, Outcome = OutcomeClass.Abandoned }]);

        Assert.NotNull((await endpoint.AskAsync(hasFallback: true)).Permit);
    }

    [Fact]
    public async Task A_report_after_the_removal_of_its_model_leaves_nothing_behind()
    {
        var owner = EndpointOwner.OfTenant(Make.Tenant());
        var endpoint = Cluster.Client.Endpoint(owner);
        await endpoint.PutAsync(Make.Model(), version: 1);
        await endpoint.RemoveAsync();

        // Opens it, which a registered model's grain would write.
        var opened = await Make.OpenAsync(endpoint);
        await Cluster.DeactivateAsync(endpoint);
        var next = await endpoint.GetCircuitAsync();

        Assert.Equal(CircuitState.Open, opened.State);
        Assert.Equal(CircuitState.Closed, next.State);
        Assert.NotEqual(opened.Epoch, next.Epoch);
    }

    [Fact]
    public async Task Two_good_probes_close_it()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await Make.OpenAsync(endpoint);
        fixture.Clock.Advance(PastAnyOpening);

        for (var i = 0; i < 2; i++)
        {
            var permit = (await endpoint.AskAsync(hasFallback: true)).Permit;
            Assert.NotNull(permit);
            await endpoint.ReportAsync(
                [new OutcomeReport { AttemptId = $"a{i}", Generation = permit.Generation, PermitId = permit.Id, Outcome = OutcomeClass.Ok }]);
        }

        Assert.Equal(CircuitState.Closed, (await endpoint.GetCircuitAsync()).State);
    }

    [Fact]
    public async Task An_open_circuit_is_still_open_in_the_next_activation()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.OfTenant(Make.Tenant()));
        await endpoint.PutAsync(Make.Model(), version: 1);
        var opened = await Make.OpenAsync(endpoint);

        await Cluster.DeactivateAsync(endpoint);
        var restored = await endpoint.GetCircuitAsync();

        Assert.Equal(CircuitState.Open, restored.State);
        Assert.Equal(opened.Generation, restored.Generation);
        Assert.Equal(opened.Until, restored.Until);
        Assert.NotEqual(opened.Epoch, restored.Epoch);
    }

    [Fact]
    public async Task A_good_active_probe_brings_half_open_forward_and_closes_nothing()
    {
        var owner = EndpointOwner.OfTenant(Make.Tenant());
        var key = GrainKeys.Endpoint(owner, ModelId.Custom("mine"));
        var endpoint = Cluster.Client.Endpoint(owner);
        await endpoint.PutAsync(Make.Model(), version: 1);
        Cluster.Probe.SetHealthy(key, isHealthy: true);
        var opened = await Make.OpenAsync(endpoint);

        // Open for the third time it stays so for at least 16 s, longer than the 10 s to the first probe.
        for (var i = 0; i < 2; i++)
        {
            fixture.Clock.Advance(PastAnyOpening);
            var permit = (await endpoint.AskAsync(hasFallback: true)).Permit;
            Assert.NotNull(permit);
            opened = await endpoint.ReportAsync([Make.Failure(opened) with { Generation = permit.Generation, PermitId = permit.Id }]);
        }

        // Ten seconds of real time: the grain's own timer is what is tested.
        var circuit = opened;
        await Eventually.IsTrueAsync("the probe was heard", async () => (circuit = await endpoint.GetCircuitAsync()).Until != opened.Until);

        Assert.Equal(CircuitState.Open, circuit.State);
        Assert.True(circuit.Until < opened.Until);
        Assert.Equal(1, Cluster.Probe.Asked(key));
        Assert.NotNull((await endpoint.AskAsync(hasFallback: true)).Permit);
    }

    [Fact]
    public async Task An_operator_isolates_and_resets_it()
    {
        var endpoint = Cluster.Client.Endpoint(EndpointOwner.Platform, $"custom:{Guid.NewGuid():N}");

        Assert.Equal(CircuitState.Isolated, (await endpoint.OperateAsync(CircuitAction.Isolate)).State);
        Assert.Null((await endpoint.AskAsync(hasFallback: false)).Permit);
        Assert.Equal(CircuitState.Closed, (await endpoint.OperateAsync(CircuitAction.Reset)).State);
    }

    [Fact]
    public async Task One_tenants_failures_do_not_touch_anothers_circuit_of_the_same_model()
    {
        var (sick, well) = (EndpointOwner.OfTenant(Make.Tenant()), EndpointOwner.OfTenant(Make.Tenant()));
        await Make.OpenAsync(Cluster.Client.Endpoint(sick, "openai:gpt-4"));

        var circuit = await Cluster.Client.Endpoint(well, "openai:gpt-4").GetCircuitAsync();

        Assert.Equal(CircuitState.Closed, circuit.State);
        Assert.Equal(0, circuit.Failures);
    }
}
