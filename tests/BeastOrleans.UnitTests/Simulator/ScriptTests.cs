using System.Net;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

public sealed class ScriptTests
{
    private const string ScriptPath = "/_sim/script";

    [Fact]
    public async Task A_script_for_a_model_and_n_requests_then_gives_way_to_normal()
    {
        await using var sim = await StartAsync();
        var (status, _) = await sim.CallAsync(HttpMethod.Post, ScriptPath, """{"models":["m1"],"times":2,"status":500}""");

        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.Equal(HttpStatusCode.OK, (await sim.PostAsync(Chat, Body(model: "other"))).Status);
        await AssertStatusesAsync(sim, 500, 500, 200);
    }

    [Fact]
    public async Task Steps_are_consumed_one_per_request()
    {
        await using var sim = await StartAsync();
        sim.Server.ScriptJson("""{"steps":[{"status":429},{"status":503,"times":2},{}]}""");

        await AssertStatusesAsync(sim, 429, 503, 503, 200, 200);
    }

    [Fact]
    public async Task A_rule_for_a_model_comes_before_a_general_one_and_delete_clears_both()
    {
        await using var sim = await StartAsync();
        sim.Server.Script(new SimulatorBehavior { Models = ["m1"], Status = 500 });
        sim.Server.Script(new SimulatorBehavior { Status = 503 });

        await AssertStatusesAsync(sim, 500);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await sim.PostAsync(Chat, Body(model: "other"))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await sim.CallAsync(HttpMethod.Delete, ScriptPath)).Status);
        await AssertStatusesAsync(sim, 200);
    }

    [Fact]
    public async Task A_new_rule_replaces_the_one_of_the_same_scope()
    {
        await using var sim = await StartAsync();
        sim.Server.Script(new SimulatorBehavior { Models = ["m1"], Status = 500 });
        sim.Server.Script(new SimulatorBehavior { Models = ["m1"], Times = 1, Status = 429 });

        await AssertStatusesAsync(sim, 429, 200);
    }

    [Fact]
    public async Task The_header_comes_before_the_script_and_costs_no_step()
    {
        await using var sim = await StartAsync();
        sim.Server.ScriptSteps(new SimulatorBehavior { Status = 500 });

        Assert.Equal(HttpStatusCode.Conflict, (await sim.PostAsync(Chat, Body(), """{"status":409}""")).Status);
        await AssertStatusesAsync(sim, 500, 200);
    }

    [Fact]
    public async Task A_refused_request_costs_no_step()
    {
        await using var sim = await StartAsync();
        sim.Server.ScriptSteps(new SimulatorBehavior { Status = 500 });

        Assert.Equal(HttpStatusCode.BadRequest, (await sim.PostAsync(Chat, "{}")).Status);
        await AssertStatusesAsync(sim, 500);
    }

    [Fact]
    public async Task A_script_leaves_the_model_list_alone_unless_it_names_the_path()
    {
        await using var sim = await StartAsync();
        sim.Server.Script(new SimulatorBehavior { Status = 500 });
        Assert.Equal(HttpStatusCode.OK, (await sim.CallAsync(HttpMethod.Get, "/v1/models")).Status);

        sim.Server.Script(new SimulatorBehavior { Paths = ["/v1/models"], Status = 503 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await sim.CallAsync(HttpMethod.Get, "/v1/models")).Status);
        await AssertStatusesAsync(sim, 500);
    }

    [Fact]
    public async Task The_error_mix_repeats_with_its_seed()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var other = await StartAsync();
        first.Server.ScriptJson("""{"errorRate":0.3,"errorStatus":503,"seed":7}""");
        second.Server.ScriptJson("""{"errorRate":0.3,"errorStatus":503,"seed":7}""");
        other.Server.ScriptJson("""{"errorRate":0.3,"errorStatus":503,"seed":8}""");
        var statuses = await StatusesAsync(first, 200);

        Assert.Equal(statuses, await StatusesAsync(second, 200));
        Assert.NotEqual(statuses, await StatusesAsync(other, 200));
        Assert.InRange(statuses.Count(status => status == 503), 40, 80);
        Assert.All(statuses, status => Assert.True(status is 200 or 503));
    }

    [Theory]
    [InlineData("""{"stauts":500}""", "stauts")]
    [InlineData("""{"Status":500}""", "Status")]
    [InlineData("""{"steps":[{},{"x":1}]}""", "steps[1].x")]
    [InlineData("""{"status":600}""", "status")]
    [InlineData("""{"status":"500"}""", "status")]
    [InlineData("""{"latencyMs":-1}""", "latencyMs")]
    [InlineData("""{"steps":[],"times":1}""", "steps")]
    [InlineData("""{"steps":[{}],"status":500}""", "steps")]
    [InlineData("""{"steps":[{"steps":[{}]}]}""", "steps[0]")]
    [InlineData("""{"cutAfter":1,"endAfter":1}""", "cutAfter")]
    [InlineData("""{"html":true,"emptyBody":true}""", "html")]
    [InlineData("""{"retryAfter":"1\r\nx: y"}""", "retryAfter")]
    [InlineData("""{"headers":{"x y":"z"}}""", "headers")]
    [InlineData("nonsense", "JSON")]
    [InlineData("null", "object")]
    public async Task A_wrong_script_is_400_and_names_the_field(string script, string named)
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.CallAsync(HttpMethod.Post, ScriptPath, script);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, Json(text).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        await AssertStatusesAsync(sim, 200);
    }

    [Theory]
    [InlineData("""{"stauts":500}""", "stauts")]
    [InlineData("""{"times":1}""", "times")]
    public async Task A_wrong_header_is_400_and_names_the_field(string header, string named)
    {
        await using var sim = await StartAsync();
        var (status, text) = await sim.PostAsync(Chat, Body(), header);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_OutOfBounds_Throws()
    {
        await using var sim = await StartAsync();
        var tooMany = Enumerable.Repeat(new SimulatorBehavior(), 10_001).ToArray();

        Assert.Throws<ArgumentException>(() => sim.Server.Script(new SimulatorBehavior { Status = 99 }));
        Assert.Throws<ArgumentException>(() => sim.Server.ScriptSteps(tooMany));
        Assert.Throws<ArgumentException>(() => sim.Server.ScriptJson("""{"nope":1}"""));
    }

    [Fact]
    public async Task The_default_behaviour_applies_when_nothing_else_does()
    {
        await using var sim = await StartAsync(new SimulatorOptions { DefaultBehavior = new SimulatorBehavior { Tokens = 1, Status = 418 } });
        sim.Server.ScriptSteps(new SimulatorBehavior());

        await AssertStatusesAsync(sim, 200, 418);
    }

    [Fact]
    public async Task Steps_are_handed_out_once_each_under_concurrency()
    {
        await using var sim = await StartAsync();
        sim.Server.ScriptSteps(Enumerable.Range(0, 50).Select(index => new SimulatorBehavior { Status = 400 + index }).ToArray());
        var statuses = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => (int)(await sim.PostAsync(Chat, Body())).Status));

        Assert.Equal(Enumerable.Range(400, 50), statuses.Order());
    }

    private static async Task AssertStatusesAsync(SimulatorClient sim, params int[] expected) =>
        Assert.Equal(expected, await StatusesAsync(sim, expected.Length));

    private static async Task<int[]> StatusesAsync(SimulatorClient sim, int count)
    {
        var statuses = new int[count];
        for (var index = 0; index < count; index++)
        {
            statuses[index] = (int)(await sim.PostAsync(Chat, Body())).Status;
        }

        return statuses;
    }
}
