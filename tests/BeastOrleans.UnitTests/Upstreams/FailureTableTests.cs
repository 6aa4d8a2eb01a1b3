using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Failures;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>Every outcome class, in both dialects and in each phase of an answer: before any byte, before content, after content.</summary>
public sealed class FailureTableTests
{
    /// <summary>An error's body, the status it comes with when it comes before an answer, and what it means wherever it stands.</summary>
    private static readonly (string Body, int Status, OutcomeClass Outcome, FailureReason Reason)[] Errors =
    [
        (OpenAI("server_error", null), 500, OutcomeClass.Sick, FailureReason.Other),
        (OpenAI("server_error", "internal_error"), 502, OutcomeClass.Sick, FailureReason.Other),
        (OpenAI(null, null), 504, OutcomeClass.Sick, FailureReason.Other),
        (OpenAI("requests", "rate_limit_exceeded"), 429, OutcomeClass.Overload, FailureReason.Overload),
        (OpenAI("server_error", "overloaded"), 529, OutcomeClass.Overload, FailureReason.Overload),
        (OpenAI("insufficient_quota", "insufficient_quota"), 429, OutcomeClass.Credential, FailureReason.Other),
        (OpenAI("invalid_request_error", "invalid_api_key"), 401, OutcomeClass.Credential, FailureReason.Other),
        (OpenAI("billing_not_active", "billing_not_active"), 402, OutcomeClass.Credential, FailureReason.Other),
        (OpenAI("access_terminated", null), 403, OutcomeClass.Credential, FailureReason.Other),
        (OpenAI("invalid_request_error", "model_not_found"), 404, OutcomeClass.Config, FailureReason.Other),
        (OpenAI("invalid_request_error", "unsupported_parameter"), 400, OutcomeClass.Config, FailureReason.Other),
        (OpenAI("invalid_request_error", "context_length_exceeded"), 400, OutcomeClass.Context, FailureReason.Other),
        (OpenAI("invalid_request_error", "content_policy_violation"), 400, OutcomeClass.Caller, FailureReason.None),
        (OpenAI(null, "content_filter"), 403, OutcomeClass.Caller, FailureReason.None),
        (OpenAI("invalid_request_error", "bad_thing"), 422, OutcomeClass.Caller, FailureReason.None),
        (OpenAI("invalid_request_error", null), 413, OutcomeClass.Caller, FailureReason.None),
        (Anthropic("api_error", "x"), 500, OutcomeClass.Sick, FailureReason.Other),
        (Anthropic("timeout_error", "x"), 504, OutcomeClass.Sick, FailureReason.Other),
        (Anthropic("overloaded_error", "x"), 529, OutcomeClass.Overload, FailureReason.Overload),
        (Anthropic("rate_limit_error", "x"), 429, OutcomeClass.Overload, FailureReason.Overload),
        (Anthropic("authentication_error", "x"), 401, OutcomeClass.Credential, FailureReason.Other),
        (Anthropic("billing_error", "x"), 402, OutcomeClass.Credential, FailureReason.Other),
        (Anthropic("permission_error", "x"), 403, OutcomeClass.Credential, FailureReason.Other),
        (Anthropic("not_found_error", "x"), 404, OutcomeClass.Config, FailureReason.Other),
        (Anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), 400, OutcomeClass.Context, FailureReason.Other),
        (Anthropic("invalid_request_error", "x"), 400, OutcomeClass.Caller, FailureReason.None),
        (Anthropic("request_too_large", "x"), 413, OutcomeClass.Caller, FailureReason.None),
    ];

    public static TheoryData<string, int, string, OutcomeClass, FailureReason> Table
    {
        get
        {
            var data = new TheoryData<string, int, string, OutcomeClass, FailureReason>();
            foreach (var (body, status, outcome, reason) in Errors)
            {
                data.Add(body, status, nameof(FailurePhase.BeforeAnswer), outcome, reason);
                data.Add(body, 200, nameof(FailurePhase.BeforeContent), outcome, reason);
                data.Add(body, 200, nameof(FailurePhase.AfterContent), outcome, reason);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Classify_AnError_MeansTheSameInEveryPhase(string body, int status, string phase, OutcomeClass outcome, FailureReason reason)
    {
        var failure = Classify(new FailureFacts { Status = status, Error = Parse(body), Phase = Enum.Parse<FailurePhase>(phase) });

        Assert.Equal((outcome, reason, status), (failure.Class, failure.Reason, failure.Status));
        Assert.Equal(status >= 500, failure.BeforeAnswer);
        Assert.False(failure.NotProcessed);
    }

    [Fact]
    public void Classify_EveryBareStatus_FollowsTheTable()
    {
        for (var status = 300; status < 600; status++)
        {
            var expected = status switch
            {
                401 or 402 or 403 => OutcomeClass.Credential,
                429 or 529 => OutcomeClass.Overload,
                404 or 405 or 410 or 415 or 421 or 426 => OutcomeClass.Config,
                407 or 408 or 409 or 425 => OutcomeClass.Sick,
                >= 400 and < 500 => OutcomeClass.Caller,
                _ => OutcomeClass.Sick,
            };
            Assert.Equal((status, expected), (status, Classify(new FailureFacts { Status = status }).Class));
        }
    }

    [Theory]
    [InlineData(429, OutcomeClass.Overload)]
    [InlineData(503, OutcomeClass.Overload)]
    [InlineData(529, OutcomeClass.Overload)]
    [InlineData(500, OutcomeClass.Sick)]
    [InlineData(502, OutcomeClass.Sick)]
    [InlineData(401, OutcomeClass.Credential)]
    public void Classify_RetryAfter_MakesOnlyA503AnOverload(int status, OutcomeClass outcome)
    {
        var failure = Classify(new FailureFacts { Status = status, RetryAfter = TimeSpan.FromSeconds(7) });
        Assert.Equal((outcome, TimeSpan.FromSeconds(7)), (failure.Class, failure.RetryAfter));
    }

    public static TheoryData<string, string> TransportPhases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var fault in Enum.GetValues<TransportFault>().Where(fault => fault != TransportFault.None))
            {
                foreach (var phase in Enum.GetValues<FailurePhase>())
                {
                    data.Add(fault.ToString(), phase.ToString());
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(TransportPhases))]
    public void Classify_Transport_DoesNotDependOnThePhase(string faultName, string phaseName)
    {
        var (fault, phase) = (Enum.Parse<TransportFault>(faultName), Enum.Parse<FailurePhase>(phaseName));
        var status = phase == FailurePhase.BeforeAnswer ? 0 : 200;

        var failure = Classify(new FailureFacts { Transport = fault, Phase = phase, Status = status });

        var expected = fault switch
        {
            TransportFault.ConnectTimeout => (OutcomeClass.Timeout, FailureReason.Timeout),
            TransportFault.BlockedAddress => (OutcomeClass.Config, FailureReason.Other),
            TransportFault.Garbled => (OutcomeClass.Sick, FailureReason.Other),
            _ => (OutcomeClass.Sick, FailureReason.Network),
        };
        Assert.Equal(expected, (failure.Class, failure.Reason));
        Assert.Equal(status, failure.Status);

        // Only a reset may be tried again on the same endpoint, and only while nothing of an answer was seen.
        Assert.Equal(fault == TransportFault.Reset && phase == FailurePhase.BeforeAnswer, failure.BeforeAnswer);
        Assert.NotEmpty(failure.Message);
    }

    [Theory]
    [InlineData(nameof(FailurePhase.BeforeContent))]
    [InlineData(nameof(FailurePhase.AfterContent))]
    public void Classify_ADefectOfA200_IsSick(string phase)
    {
        var failure = Classify(new FailureFacts { Status = 200, Defect = "no answer", Phase = Enum.Parse<FailurePhase>(phase) });
        Assert.Equal(
            (OutcomeClass.Sick, FailureReason.Other, 200, "no answer", false),
            (failure.Class, failure.Reason, failure.Status, failure.Message, failure.BeforeAnswer));
    }

    [Theory]
    [InlineData(503, OutcomeClass.Sick)]
    [InlineData(529, OutcomeClass.Overload)]
    [InlineData(401, OutcomeClass.Credential)]
    [InlineData(404, OutcomeClass.Config)]
    [InlineData(422, OutcomeClass.Caller)]
    public void Classify_AStatusWithinA200_CountsAsThatStatusAndTheUpstreamsOwnIsKept(int inner, OutcomeClass outcome)
    {
        var failure = Classify(new FailureFacts { Status = 200, Phase = FailurePhase.BeforeContent, Error = Parse($$$"""{"error":{"code":{{{inner}}},"message":"x"}}""") });
        Assert.Equal((outcome, 200, false), (failure.Class, failure.Status, failure.BeforeAnswer));
    }

    [Theory]
    [InlineData("""{"error":{"message":"no","param":"stream_options"}}""", true)]
    [InlineData("""{"error":{"message":"no","param":"stream_options.include_usage"}}""", true)]
    [InlineData("""{"error":{"message":"no","param":"stream_options.bogus"}}""", false)]
    [InlineData("""{"error":{"message":"Unknown parameter: 'stream_options'.","code":"unknown_parameter"}}""", true)]
    [InlineData("""{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null,"code":null}}""", true)]
    [InlineData("""{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}""", true)]
    [InlineData("""{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]},"code":null}""", true)]
    [InlineData("""{"detail":[{"loc":["body","messages",0,"content"],"msg":"what is stream_options?"}]}""", false)]
    [InlineData("""{"error":{"message":"The prompt 'explain stream_options and include_usage' is refused.","type":"invalid_request_error"}}""", false)]
    [InlineData("""{"error":{"message":"stream_options","type":"invalid_request_error","param":"messages","code":null}}""", false)]
    [InlineData("""{"error":"stream_options"}""", false)]
    public void Classify_StreamOptions_AreRefusedByParameterOrCodeNeverByAQuotation(string body, bool refused)
    {
        foreach (var status in (int[])[400, 422])
        {
            var facts = new FailureFacts { Status = status, Error = Parse(body), SplicedStreamOptions = true };
            var failure = Classify(facts);
            Assert.Equal(refused, failure.RefusedStreamOptions);
            Assert.Equal(refused, failure.Class == OutcomeClass.Config);
            Assert.False(Classify(facts with { SplicedStreamOptions = false }).RefusedStreamOptions);
        }

        Assert.False(Classify(new FailureFacts { Status = 500, Error = Parse(body), SplicedStreamOptions = true }).RefusedStreamOptions);
    }

    private static string OpenAI(string? type, string? code) =>
        $$$"""{"error":{"message":"x","type":{{{Json(type)}}},"param":null,"code":{{{Json(code)}}}}}""";

    private static string Anthropic(string type, string message) =>
        $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"}}""";

    private static string Json(string? text) => text is null ? "null" : $"\"{text}\"";

    private static UpstreamError? Parse(string body) => UpstreamError.Parse(Encoding.UTF8.GetBytes(body));

    private static AttemptFailure Classify(FailureFacts facts) => FailureClassifier.Classify(facts, new Scrubber(null));
}
