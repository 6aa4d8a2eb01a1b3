using System.Diagnostics;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>
/// One span per request, one per attempt; grain calls hang below by themselves. While nobody listens a span costs the look whether
/// somebody does. Prompts, answers and keys are in none.
/// </summary>
public static class RequestTrace
{
    public const string SourceName = TraceContext.SourceName;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins in its caller's trace (W3C <c>traceparent</c>); null when it is not traced.</summary>
    internal static Activity? StartRequest(Exchange exchange, bool tellTenant)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var headers = exchange.Http.Request.Headers;
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var parent);

        // ASP.NET has a span of its own, which nobody exports: below it ours would have lost its parent.
        Activity.Current = null;
        var request = Source.StartActivity(OperationOf(exchange.Http), ActivityKind.Server, parent);
        if (request is { IsAllDataRequested: true })
        {
            request.SetTag(GenAI.OperationName, OperationOf(exchange.Http));
            request.SetTag("beast.request_id", exchange.RequestId);
            request.SetTag("beast.stream", exchange.Request.Stream);
            if (tellTenant)
            {
                request.SetTag("beast.tenant", exchange.Caller.Tenant.Value);
            }
        }

        return request;
    }

    internal static void EndRequest(Activity? request, Exchange exchange)
    {
        if (request is not { IsAllDataRequested: true })
        {
            return;
        }

        var status = exchange.Http.RequestAborted.IsCancellationRequested ? 499 : exchange.Http.Response.StatusCode;
        request.SetTag(GenAI.ResponseStatus, status);
        request.SetTag("beast.attempts", exchange.Attempts.Count);
        request.SetTag("beast.degraded", exchange.Degraded);
        if (exchange.ReasonFirstDidNotServe is var reason and not FailureReason.None)
        {
            request.SetTag("beast.fallback_reason", Wire.Of(reason));
        }

        // A stream that broke was told 200 at its beginning.
        if (status >= 500 || exchange.Attempts is [.., { Partial: true }])
        {
            request.SetStatus(ActivityStatusCode.Error);
        }
    }

    internal static Activity? StartAttempt(Exchange exchange, EndpointDescriptor target, string modelId)
    {
        var attempt = Source.StartActivity("chat", ActivityKind.Client);
        if (attempt is { IsAllDataRequested: true })
        {
            attempt.DisplayName = OperationOf(exchange.Http);
            attempt.SetTag(GenAI.OperationName, OperationOf(exchange.Http));
            attempt.SetTag(GenAI.ProviderName, target.ModelId.Provider);
            attempt.SetTag(GenAI.RequestModel, target.Model);
            attempt.SetTag(GenAI.ServerAddress, target.BaseUrl.Host);
            attempt.SetTag(GenAI.ServerPort, target.BaseUrl.Port);
            attempt.SetTag("beast.model_id", modelId);
            if (exchange.Request.MaxOutputTokens is { } most)
            {
                attempt.SetTag(GenAI.MaxTokens, most);
            }
        }

        return attempt;
    }

    internal static void EndAttempt(Activity? attempt, AttemptRecord record)
    {
        if (attempt is not { IsAllDataRequested: true })
        {
            return;
        }

        attempt.SetTag("beast.outcome", Wire.Of(record.Outcome));
        if (record.Status > 0)
        {
            attempt.SetTag(GenAI.ResponseStatus, record.Status);
        }

        if (record.FirstContentMs is { } first)
        {
            attempt.SetTag("beast.first_content_ms", first);
        }

        if (record.Tokens.Source != UsageSource.None)
        {
            attempt.SetTag(GenAI.InputTokens, record.Tokens.Input);
            attempt.SetTag(GenAI.OutputTokens, record.Tokens.Output);
        }

        if (record.Outcome != OutcomeClass.Ok)
        {
            attempt.SetTag(GenAI.ErrorType, Wire.Of(record.Outcome));
            attempt.SetStatus(record.Outcome is OutcomeClass.Abandoned ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }
    }

    private static string OperationOf(HttpContext http) => http.Request.Path.Value switch
    {
        "/v1/embeddings" => GenAI.Embeddings,
        "/v1/completions" => GenAI.TextCompletion,
        _ => GenAI.Chat,
    };
}
