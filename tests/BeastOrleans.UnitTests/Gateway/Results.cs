using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.UnitTests.Gateway;

/// <summary>Attempts that ended, as the reporter is told of them.</summary>
internal static class Results
{
    private static int _attempts;

    public static Exchange Exchange { get; } = Make();

    /// <summary>A number for an attempt, as no other has it.</summary>
    public static int Next() => Interlocked.Increment(ref _attempts);

    public static AttemptResult Of(OutcomeClass outcome) => new(
        new AttemptRecord
        {
            Endpoint = EndpointViews.Descriptor(1),
            ModelId = "custom:m",
            EndedAt = DateTimeOffset.UnixEpoch,
            Outcome = outcome,
            Reason = outcome == OutcomeClass.Timeout ? FailureReason.Timeout : FailureReason.None,
            DurationMs = 5,
        },
        Failure: null,
        Answered: outcome == OutcomeClass.Ok,
        Body: default);

    private static Exchange Make()
    {
        if (!ChatRequestReader.TryRead(Encoding.UTF8.GetBytes("""{"messages":[{"role":"user","content":"x"}]}"""), out var chat, out _))
        {
            throw new InvalidOperationException("Not a chat request.");
        }

        return new Exchange
        {
            Http = new DefaultHttpContext(),
            Caller = new Caller(new KeyIdentity { KeyId = "key_1", Tenant = TenantId.Parse("acme") }),
            User = UserId.Shared,
            Request = chat,
            Options = RequestOptions.Default,
            Format = ChatCompletionFormat.Instance,
            StartedAt = 0,
        };
    }
}
