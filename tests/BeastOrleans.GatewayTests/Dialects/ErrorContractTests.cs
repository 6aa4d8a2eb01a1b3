using System.Globalization;
using System.Text.Json;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>An upstream's error reaches every client in its own dialect, with the status and type by which its SDK chooses an exception. No other candidate stands ready.</summary>
[Collection(ContractCollection.Name)]
public sealed class ErrorContractTests(GatewayFixture fixture)
{
    private const string Words = "The upstream says so.";

    private static readonly Dictionary<string, Failure> Failures = new()
    {
        ["400"] = new(new SimulatorBehavior { Status = 400 }, 400, null, "caller"),
        ["401"] = new(new SimulatorBehavior { Status = 401 }, 502, "upstream_auth_failed", "other"),
        ["404"] = new(new SimulatorBehavior { Status = 404 }, 502, "upstream_failed", "other"),
        ["429"] = new(new SimulatorBehavior { Status = 429, RetryAfter = "30" }, 429, "upstream_overloaded", "overload", 30),
        ["500"] = new(new SimulatorBehavior { Status = 500 }, 502, "upstream_failed", "other"),
        ["503"] = new(new SimulatorBehavior { Status = 503 }, 502, "upstream_failed", "other"),
        ["503 with a wait"] = new(new SimulatorBehavior { Status = 503, RetryAfter = "30" }, 503, "upstream_overloaded", "overload", 30),
        ["529"] = new(new SimulatorBehavior { Status = 529 }, 503, "upstream_overloaded", "overload", 1),
    };

    public static TheoryData<string, string, string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string, bool>();
            foreach (var (client, upstream) in ContractScene.Pairs)
            {
                foreach (var failure in Failures.Keys)
                {
                    foreach (var stream in new[] { false, true }.Where(stream => ClientDialect.All[client].CanSay(Ask.Of("text", stream))))
                    {
                        rows.Add(client, upstream, failure, stream);
                    }
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task TheClientHearsItInItsOwnDialect(string client, string upstream, string name, bool stream)
    {
        var (behavior, status, code, reason, retryAfter) = Failures[name];
        await using var scene = await ContractScene.StartAsync(fixture.Server, client, upstream, behavior with { ErrorMessage = Words });

        var answer = await scene.SendAsync(scene.Request(Ask.Of("text", stream)));

        // Anthropic has a status of its own for overload.
        var expected = (client, code, status) == ("messages", "upstream_overloaded", 503) ? 529 : status;
        Assert.True((int)answer.Status == expected, $"{answer.Status}\n{answer.Text}");
        Assert.Equal("application/json", answer.Header("content-type"));
        var (type, message) = scene.Client.ReadError(answer.Json);
        Assert.Equal(scene.Client.TypeOf(expected), type);
        Assert.Contains(Words.TrimEnd('.'), message, StringComparison.Ordinal);
        Assert.Equal(retryAfter?.ToString(CultureInfo.InvariantCulture), answer.Header("retry-after"));
        Assert.Null(answer.Header("x-beast-model"));
        Assert.NotEmpty(answer.Header("x-beast-request-id")!);
        AssertAttempts(answer, code, reason);
        var seen = scene.Upstream.Requests.Snapshot();
        Assert.Equal(answer.Header("x-beast-attempts")!.Split(';').Length, seen.Count);
        Assert.All(seen, request => Assert.Equal(stream, request.Stream));
    }

    /// <summary>What is the caller's own mistake came from one attempt, and is told in the upstream's words; the rest is told in ours.</summary>
    private static void AssertAttempts(ApiAnswer answer, string? code, string reason)
    {
        var attempts = answer.Header("x-beast-attempts")!.Split(';');
        Assert.All(attempts, attempt => Assert.Equal($"{ContractScene.ModelId}={reason}", attempt));
        if (code is null)
        {
            Assert.Single(attempts);
            return;
        }

        Assert.Equal(code, answer.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(answer.Header("x-beast-request-id"), answer.Json.GetProperty("request_id").GetString());
        Assert.Equal(attempts.Length, answer.Json.GetProperty("attempts").GetArrayLength());
        Assert.Equal(JsonValueKind.Number, answer.Json.GetProperty("attempts")[0].GetProperty("status").ValueKind);
    }

    /// <param name="Code">Ours; null = the upstream's own body.</param>
    private sealed record Failure(SimulatorBehavior Upstream, int Status, string? Code, string Reason, int? RetryAfter = null);
}
