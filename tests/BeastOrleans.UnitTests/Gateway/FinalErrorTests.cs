using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class FinalErrorTests
{
    [Theory]
    [InlineData(502, "upstream_failed", "Sick:500")]
    [InlineData(502, "upstream_failed", "Sick:500", "Overload:429")]
    [InlineData(502, "upstream_failed", "Timeout:0", "Sick:0")]
    [InlineData(504, "upstream_timeout", "Timeout:0")]
    [InlineData(504, "upstream_timeout", "Timeout:0", "Timeout:0")]
    [InlineData(429, "upstream_overloaded", "Overload:429")]
    [InlineData(429, "upstream_overloaded", "Overload:503", "Overload:429")]
    [InlineData(503, "upstream_overloaded", "Overload:503")]
    [InlineData(502, "upstream_auth_failed", "Credential:401", "Credential:403")]
    [InlineData(502, "upstream_failed", "Credential:401", "Sick:500")]
    public void Of_Attempts_TellsWhatTheyHaveInCommon(int status, string code, params string[] attempts)
    {
        var exchange = Exchange();
        foreach (var attempt in attempts)
        {
            exchange.Add(Attempt(Enum.Parse<OutcomeClass>(attempt.Split(':')[0]), int.Parse(attempt.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)), wasSent: true);
        }

        var error = FinalError.Of(exchange);
        Assert.Equal((status, code), (error.Status, error.Code));
        Assert.Equal(attempts.Length, error.Attempts.Count);
        Assert.Equal(status is 429 or 503, error.RetryAfter is not null);
    }

    [Fact]
    public void Of_NoAttempt_SaysWhyNobodyWasCalledAndWhenToComeBack()
    {
        var exchange = Exchange();
        exchange.Skip(0, Candidate("custom:a"), "open for another 7 s", TimeSpan.FromSeconds(7));
        exchange.Skip(1, Candidate("openai:gpt-4"), "held", TimeSpan.FromSeconds(3));
        var error = FinalError.Of(exchange);
        Assert.Equal((503, "no_healthy_endpoint", true), (error.Status, error.Code, error.ShouldRetry));
        Assert.Equal(TimeSpan.FromSeconds(3), error.RetryAfter);
        Assert.Contains("custom:a: not called, open for another 7 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("openai:gpt-4: not called, held", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Attempts_NamesEachWithItsReason()
    {
        var exchange = Exchange();
        exchange.Add(Attempt(OutcomeClass.Sick, 500) with { Message = "it broke." }, wasSent: true);
        exchange.Add(Attempt(OutcomeClass.Timeout, 0), wasSent: true);
        var message = FinalError.Of(exchange).Message;
        Assert.StartsWith("All 2 attempts failed.", message, StringComparison.Ordinal);
        Assert.Contains("custom:m: other after 5 ms (it broke).", message, StringComparison.Ordinal);
        Assert.Contains("custom:m: timeout after 5 ms.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Overload_TellsTheShortestWait()
    {
        var exchange = Exchange();
        exchange.Add(Attempt(OutcomeClass.Overload, 429) with { RetryAfter = TimeSpan.FromSeconds(20) }, wasSent: true);
        exchange.Add(Attempt(OutcomeClass.Overload, 429) with { RetryAfter = TimeSpan.FromSeconds(5) }, wasSent: true);
        Assert.Equal(TimeSpan.FromSeconds(5), FinalError.Of(exchange).RetryAfter);
    }

    private static Exchange Exchange()
    {
        Assert.True(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes("""{"messages":[{"role":"user","content":"x"}]}"""), out var chat, out _));
        var tenant = TenantId.Parse("acme");
        return new Exchange
        {
            Http = new DefaultHttpContext(),
            Caller = new Caller(new KeyIdentity { KeyId = "key_1", Tenant = tenant }),
            User = UserId.Shared,
            Request = chat,
            Options = RequestOptions.Default,
            Format = ChatCompletionFormat.Instance,
            StartedAt = 0,
        };
    }

    private static AttemptRecord Attempt(OutcomeClass outcome, int status) => new()
    {
        Endpoint = EndpointViews.Descriptor(1),
        ModelId = "custom:m",
        EndedAt = DateTimeOffset.UnixEpoch,
        Outcome = outcome,
        Reason = outcome switch
        {
            OutcomeClass.Timeout => FailureReason.Timeout,
            OutcomeClass.Overload => FailureReason.Overload,
            _ => FailureReason.Other,
        },
        Status = status,
        DurationMs = 5,
    };

    private static PlanCandidate Candidate(string id) => new()
    {
        Key = "t:acme/e:m",
        ModelId = id,
        Type = EndpointType.Custom,
        Owner = OwnerKind.Tenant,
        Eligible = true,
        Reason = "registered",
    };
}
