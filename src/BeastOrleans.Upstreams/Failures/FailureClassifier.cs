using System.Globalization;
using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Upstreams.Failures;

/// <summary>
/// The table of outcome classes, in one place and pure: by transport failure, then by status, then by the provider's
/// code. Text is looked at last and for one thing only, a context that is too long where the provider has no code for it.
/// </summary>
internal static class FailureClassifier
{
    private const string StreamOptions = "stream_options";

    private const string UnknownArgument = "Unrecognized request argument";

    /// <summary>How servers without a code say that the context is too long.</summary>
    private static readonly string[] ContextPhrases =
    [
        "maximum context length", "context length exceeded", "exceeds the context", "exceeds the available context size",
        "prompt is too long", "context window", "longer than the maximum model length", "exceed context limit",
    ];

    public static AttemptFailure Classify(in FailureFacts facts, Scrubber scrubber)
    {
        var refusedStreamOptions = RefusesStreamOptions(facts);
        var outcome = refusedStreamOptions ? OutcomeClass.Config : ClassOf(facts);
        return new AttemptFailure
        {
            Class = outcome,
            Reason = ReasonOf(outcome, facts.Transport),
            Status = facts.Status,
            Code = scrubber.Word(facts.Error?.Code ?? facts.Error?.Type),
            Message = scrubber.Text(MessageOf(facts)),
            RetryAfter = facts.RetryAfter,
            NotProcessed = facts.NothingWritten && facts.Transport == TransportFault.Reset,
            // Refused, DNS and TLS failures had no answer either, but are never tried again on the same endpoint.
            BeforeAnswer = facts.Phase == FailurePhase.BeforeAnswer
                && (facts.Transport == TransportFault.Reset || (facts.Transport == TransportFault.None && facts.Status >= 500)),
            RefusedStreamOptions = refusedStreamOptions,
        };
    }

    private static OutcomeClass ClassOf(in FailureFacts facts)
    {
        if (facts.Transport != TransportFault.None)
        {
            return facts.Transport switch
            {
                TransportFault.ConnectTimeout => OutcomeClass.Timeout,
                TransportFault.BlockedAddress => OutcomeClass.Config,
                _ => OutcomeClass.Sick,
            };
        }

        if (facts.Error is null)
        {
            return facts.Status is >= 200 and < 300 ? OutcomeClass.Sick : OfStatus(facts.Status, facts.RetryAfter, new UpstreamError());
        }

        // A good status with an error in it: the status that the error itself names, if any, else its code.
        return facts.Status is >= 200 and < 300 && facts.Error.Status == 0
            ? OfCode(facts.Error) ?? OutcomeClass.Sick
            : OfStatus(facts.Status is >= 200 and < 300 ? facts.Error.Status : facts.Status, facts.RetryAfter, facts.Error);
    }

    private static OutcomeClass OfStatus(int status, TimeSpan? retryAfter, UpstreamError error) => status switch
    {
        // Moderation in front of a model answers 403: what one user wrote must not suspend the endpoint for all.
        403 when ProviderCodes.IsContentPolicy(error) => OutcomeClass.Caller,
        401 or 402 or 403 => OutcomeClass.Credential,
        429 or 529 => ProviderCodes.IsCredential(error) ? OutcomeClass.Credential : OutcomeClass.Overload,
        503 when retryAfter is not null => OutcomeClass.Overload,
        // The upstream's own limits and conflicts, no mistake of the caller's.
        407 or 408 or 409 or 425 => OutcomeClass.Sick,
        404 or 405 or 410 or 415 or 421 or 426 => OutcomeClass.Config,
        >= 400 and < 500 => OfCode(error) is { } known && known != OutcomeClass.Sick ? known : OutcomeClass.Caller,
        // 3xx too: redirects are not followed, they could lead anywhere.
        _ => OutcomeClass.Sick,
    };

    /// <summary>By the provider's code; null when it says nothing that is known.</summary>
    private static OutcomeClass? OfCode(UpstreamError error)
    {
        if (ProviderCodes.IsContext(error))
        {
            return OutcomeClass.Context;
        }

        if (ProviderCodes.IsCredential(error))
        {
            return OutcomeClass.Credential;
        }

        if (ProviderCodes.IsOverload(error))
        {
            return OutcomeClass.Overload;
        }

        if (ProviderCodes.IsConfig(error))
        {
            return OutcomeClass.Config;
        }

        if (SaysContextTooLong(error.Message))
        {
            return OutcomeClass.Context;
        }

        return ProviderCodes.IsCaller(error) ? OutcomeClass.Caller : null;
    }

    private static bool SaysContextTooLong(string? message) =>
        message is not null && Array.Exists(ContextPhrases, phrase => message.Contains(phrase, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// By the parameter that the error names, else by its code. A message alone proves nothing, since servers quote what
    /// callers wrote; only the sentence with which OpenAI and Azure refuse an argument, without a code, is known.
    /// </summary>
    private static bool RefusesStreamOptions(in FailureFacts facts)
    {
        if (!facts.SplicedStreamOptions || facts.Status is not (400 or 422) || facts.Error is not { } error)
        {
            return false;
        }

        if (!string.IsNullOrEmpty(error.Param))
        {
            return error.Param is StreamOptions or StreamOptions + ".include_usage";
        }

        return error.Message is { } message
            && message.Contains(StreamOptions, StringComparison.Ordinal)
            && (ProviderCodes.IsUnknownParameter(error) || message.StartsWith(UnknownArgument, StringComparison.Ordinal));
    }

    private static FailureReason ReasonOf(OutcomeClass outcome, TransportFault transport) => outcome switch
    {
        OutcomeClass.Sick when transport is not TransportFault.None and not TransportFault.Garbled => FailureReason.Network,
        OutcomeClass.Timeout => FailureReason.Timeout,
        OutcomeClass.Overload => FailureReason.Overload,
        OutcomeClass.Caller or OutcomeClass.Abandoned => FailureReason.None,
        _ => FailureReason.Other,
    };

    private static string MessageOf(in FailureFacts facts)
    {
        if (facts.Error is { } error)
        {
            return error.Message ?? error.Code ?? error.Type ?? "The upstream gave an error without a message.";
        }

        return facts.Defect ?? facts.Transport switch
        {
            TransportFault.Dns => "The upstream's name does not resolve.",
            TransportFault.Connect => "The upstream refused the connection or cannot be reached.",
            TransportFault.ConnectTimeout => "The upstream did not accept the connection in time.",
            TransportFault.Tls => "No TLS connection to the upstream could be made.",
            TransportFault.BlockedAddress => "The endpoint's address is not allowed by the operator.",
            TransportFault.Garbled => "What the upstream sent is no valid HTTP answer.",
            TransportFault.Reset when facts.Phase == FailurePhase.BeforeAnswer => "The upstream closed the connection without an answer.",
            TransportFault.Reset => "The upstream's answer was cut off.",
            _ => facts.Status is >= 300 and < 400
                ? string.Create(CultureInfo.InvariantCulture, $"The upstream answered with a redirect ({facts.Status}): redirects are not followed.")
                : string.Create(CultureInfo.InvariantCulture, $"The upstream answered with status {facts.Status}."),
        };
    }
}
