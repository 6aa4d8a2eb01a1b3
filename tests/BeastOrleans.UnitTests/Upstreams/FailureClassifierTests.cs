using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

public sealed class FailureClassifierTests
{
    [Theory]
    [InlineData(301, "", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(400, """{"error":{"message":"bad","type":"invalid_request_error"}}""", OutcomeClass.Caller, FailureReason.None)]
    [InlineData(400, """{"error":{"message":"long","code":"context_length_exceeded"}}""", OutcomeClass.Context, FailureReason.Other)]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error"}}""", OutcomeClass.Context, FailureReason.Other)]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 300000 tokens"}}""", OutcomeClass.Context, FailureReason.Other)]
    [InlineData(400, """{"error":{"message":"x","code":"unsupported_parameter"}}""", OutcomeClass.Config, FailureReason.Other)]
    [InlineData(400, """{"error":{"message":"x","code":"content_policy_violation"}}""", OutcomeClass.Caller, FailureReason.None)]
    [InlineData(400, "", OutcomeClass.Caller, FailureReason.None)]
    [InlineData(401, "", OutcomeClass.Credential, FailureReason.Other)]
    [InlineData(402, "", OutcomeClass.Credential, FailureReason.Other)]
    [InlineData(403, "<html>", OutcomeClass.Credential, FailureReason.Other)]
    [InlineData(404, """{"error":{"code":"model_not_found","message":"x"}}""", OutcomeClass.Config, FailureReason.Other)]
    [InlineData(408, "", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(413, "", OutcomeClass.Caller, FailureReason.None)]
    [InlineData(422, """{"detail":[{"loc":["body"]}]}""", OutcomeClass.Caller, FailureReason.None)]
    [InlineData(429, """{"error":{"code":"rate_limit_exceeded","message":"x"}}""", OutcomeClass.Overload, FailureReason.Overload)]
    [InlineData(429, """{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"x"}}""", OutcomeClass.Credential, FailureReason.Other)]
    [InlineData(500, "", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(500, """{"error":{"message":"maximum context length"}}""", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(502, "<html>", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(503, "", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(504, "", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"x"}}""", OutcomeClass.Overload, FailureReason.Overload)]
    [InlineData(200, """{"error":{"message":"x"}}""", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(200, """{"error":"text"}""", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(200, """{"error":{"code":429,"message":"x"}}""", OutcomeClass.Overload, FailureReason.Overload)]
    [InlineData(200, """{"error":{"code":502,"message":"x"}}""", OutcomeClass.Sick, FailureReason.Other)]
    [InlineData(200, """{"type":"error","error":{"type":"overloaded_error","message":"x"}}""", OutcomeClass.Overload, FailureReason.Overload)]
    [InlineData(200, """{"error":{"type":"authentication_error","message":"x"}}""", OutcomeClass.Credential, FailureReason.Other)]
    public void Classify_StatusAndBody_FollowsTheTable(int status, string body, OutcomeClass outcome, FailureReason reason)
    {
        var failure = Classify(new FailureFacts { Status = status, Error = UpstreamError.Parse(Encoding.UTF8.GetBytes(body)) });
        Assert.Equal((outcome, reason, status), (failure.Class, failure.Reason, failure.Status));
        Assert.NotEmpty(failure.Message);
        Assert.Equal(status >= 500, failure.BeforeAnswer);
    }

    [Fact]
    public void Classify_503WithRetryAfter_IsOverload()
    {
        var failure = Classify(new FailureFacts { Status = 503, RetryAfter = TimeSpan.FromSeconds(3) });
        Assert.Equal(OutcomeClass.Overload, failure.Class);
        Assert.Equal(TimeSpan.FromSeconds(3), failure.RetryAfter);
    }

    [Theory]
    [InlineData(TransportFault.Dns, FailurePhase.BeforeAnswer, OutcomeClass.Sick, FailureReason.Network, false)]
    [InlineData(TransportFault.Connect, FailurePhase.BeforeAnswer, OutcomeClass.Sick, FailureReason.Network, false)]
    [InlineData(TransportFault.Tls, FailurePhase.BeforeAnswer, OutcomeClass.Sick, FailureReason.Network, false)]
    [InlineData(TransportFault.Reset, FailurePhase.BeforeAnswer, OutcomeClass.Sick, FailureReason.Network, true)]
    [InlineData(TransportFault.Reset, FailurePhase.BeforeContent, OutcomeClass.Sick, FailureReason.Network, false)]
    [InlineData(TransportFault.Reset, FailurePhase.AfterContent, OutcomeClass.Sick, FailureReason.Network, false)]
    [InlineData(TransportFault.ConnectTimeout, FailurePhase.BeforeAnswer, OutcomeClass.Timeout, FailureReason.Timeout, false)]
    [InlineData(TransportFault.Garbled, FailurePhase.BeforeAnswer, OutcomeClass.Sick, FailureReason.Other, false)]
    [InlineData(TransportFault.BlockedAddress, FailurePhase.BeforeAnswer, OutcomeClass.Config, FailureReason.Other, false)]
    public void Classify_Transport_FollowsTheTable(object fault, object phase, OutcomeClass outcome, FailureReason reason, bool beforeAnswer)
    {
        var failure = Classify(new FailureFacts { Transport = (TransportFault)fault, Phase = (FailurePhase)phase });
        Assert.Equal((outcome, reason, beforeAnswer), (failure.Class, failure.Reason, failure.BeforeAnswer));
    }

    [Fact]
    public void Classify_NothingWritten_IsNotProcessedOnlyForResets()
    {
        Assert.True(Classify(new FailureFacts { Transport = TransportFault.Reset, NothingWritten = true }).NotProcessed);
        Assert.False(Classify(new FailureFacts { Transport = TransportFault.Connect, NothingWritten = true }).NotProcessed);
        Assert.False(Classify(new FailureFacts { Transport = TransportFault.Reset }).NotProcessed);
    }

    public static TheoryData<string, Exception> Exceptions { get; } = new()
    {
        { "Dns", new HttpRequestException(HttpRequestError.NameResolutionError) },
        { "Dns", new HttpRequestException("x", new SocketException((int)SocketError.HostNotFound)) },
        { "Connect", new HttpRequestException(HttpRequestError.ConnectionError, "x", new SocketException((int)SocketError.ConnectionRefused)) },
        { "Tls", new HttpRequestException(HttpRequestError.SecureConnectionError) },
        { "Tls", new HttpRequestException("x", new AuthenticationException()) },
        { "Reset", new HttpRequestException("x", new IOException("x", new SocketException((int)SocketError.ConnectionReset))) },
        { "Reset", new HttpIOException(HttpRequestError.ResponseEnded) },
        { "Reset", new IOException("x", new SocketException((int)SocketError.ConnectionReset)) },
        { "Garbled", new HttpRequestException(HttpRequestError.InvalidResponse) },
        { "Garbled", new InvalidDataException() },
        { "ConnectTimeout", new OperationCanceledException("x", new TimeoutException()) },
        { "BlockedAddress", new HttpRequestException("x", new BlockedAddressException("x")) },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Of_Exception_NamesTheFault(string fault, Exception exception)
    {
        Assert.True(TransportFaults.IsTransport(exception));
        Assert.Equal(fault, TransportFaults.Of(exception).ToString());
    }

    [Fact]
    public void IsTransport_DefectsOfOurs_Pass()
    {
        Assert.False(TransportFaults.IsTransport(new InvalidOperationException()));
        Assert.False(TransportFaults.IsTransport(new OperationCanceledException()));
    }

    [Theory]
    [InlineData("3", 3.0)]
    [InlineData("1.5", 1.5)]
    [InlineData("-4", 0.0)]
    [InlineData("Wed, 21 Oct 2026 07:28:10 GMT", 10.0)]
    [InlineData("Wed, 21 Oct 2020 07:28:00 GMT", 0.0)]
    [InlineData("soon", null)]
    [InlineData("1e999", null)]
    [InlineData("99999999999999", 2592000.0)]
    public void Parse_RetryAfter_TakesSecondsAndDates(string text, double? seconds)
    {
        var now = new DateTimeOffset(2026, 10, 21, 7, 28, 0, TimeSpan.Zero);
        Assert.Equal(seconds, RetryAfterHeader.Parse(text, now)?.TotalSeconds);
    }

    [Theory]
    [InlineData("Incorrect API key provided: my-own-key. See docs", "Incorrect API key provided: [redacted]. See docs")]
    [InlineData("key sk-abcdEFGH1234 is bad", "key [redacted] is bad")]
    [InlineData("key sk-proj-****wxyz is bad", "key [redacted] is bad")]
    [InlineData("key abcd*****wxyz is bad", "key [redacted] is bad")]
    [InlineData("got Bearer abc.def-ghi now", "got Bearer [redacted] now")]
    [InlineData("at http://10.0.0.1:8080/v1/x?key=1 failed", "at /v1/x failed")]
    [InlineData("at https://internal.example failed", "at  failed")]
    [InlineData("line\r\nbreak", "line break")]
    [InlineData("nothing to hide", "nothing to hide")]
    public void Text_Secrets_AreTakenOut(string text, string expected) => Assert.Equal(expected, new Scrubber("my-own-key").Text(text));

    [Fact]
    public void Text_Long_IsTrimmedAfterScrubbing()
    {
        var text = new Scrubber("my-own-key").Text(new string('x', Scrubber.MaxMessageLength - 5) + " my-own-key");
        Assert.True(text.Length <= Scrubber.MaxMessageLength);
        Assert.DoesNotContain("my-o", text, StringComparison.Ordinal);
    }

    private static AttemptFailure Classify(FailureFacts facts) => FailureClassifier.Classify(facts, new Scrubber(null));
}
