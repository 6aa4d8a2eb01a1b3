using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Gateway.Forwarding;

/// <summary>
/// The end of a request that got no answer: booked, then told to its client. As a status with a body, or, where pings have
/// begun the response already, as the stream's last event.
/// </summary>
internal sealed class FailedEnding(UsageRecorder usage, GatewayInstruments instruments)
{
    /// <summary>Our own error, made of everything that was tried.</summary>
    public async Task WriteAsync(Exchange exchange, GatewayError error)
    {
        instruments.Failed(error.Code);
        await usage.RecordAsync(exchange, error.Status, error.Message, abandoned: false);
        await exchange.StopPingsAsync();
        if (exchange.Http.Response.HasStarted)
        {
            await WriteEventAsync(exchange, error);
            return;
        }

        AnswerHeaders.WriteFacts(exchange, served: null);
        await ErrorResponses.WriteAsync(exchange.Http, error);
    }

    /// <summary>The upstream's own words, for a mistake that is the caller's.</summary>
    public async Task WriteUpstreamsAsync(Exchange exchange, AttemptFailure failure)
    {
        // An error inside a 200 is still an error to the caller.
        var status = failure.Status >= 400 ? failure.Status : 400;
        instruments.Failed("upstream_refused");
        await usage.RecordAsync(exchange, status, failure.Message, abandoned: false);
        await exchange.StopPingsAsync();
        if (exchange.Http.Response.HasStarted)
        {
            await WriteEventAsync(exchange, ErrorOf(status, failure));
            return;
        }

        AnswerHeaders.WriteFacts(exchange, served: null);
        if (ErrorDialects.Of(exchange.Http) == ErrorDialect.OpenAI)
        {
            await AnswerHeaders.WriteBodyAsync(exchange.Http, status, failure.Body);
            return;
        }

        await ErrorResponses.WriteAsync(exchange.Http, ErrorOf(status, failure));
    }

    private static GatewayError ErrorOf(int status, AttemptFailure failure) =>
        new(status, "invalid_request_error", failure.Code ?? "invalid_request", failure.Message) { Param = failure.Param };

    private static async Task WriteEventAsync(Exchange exchange, GatewayError error)
    {
        var output = exchange.Http.Response.BodyWriter;
        exchange.Format.WriteError(output, error, exchange.RequestId);
        await output.FlushAsync(exchange.Http.RequestAborted);
    }
}
