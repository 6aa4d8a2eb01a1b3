using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Gateway.Api;

/// <summary>A price in a body: dollars per million tokens, and flat per request.</summary>
internal record PriceBody
{
    public const decimal MaxUsd = 10_000;

    public decimal? InputPerMTok { get; init; }

    public decimal? OutputPerMTok { get; init; }

    public decimal? CachedInputPerMTok { get; init; }

    public decimal? CacheWritePerMTok { get; init; }

    public decimal? ReasoningPerMTok { get; init; }

    public decimal? PerRequestUsd { get; init; }

    /// <summary>The same by its shorter name; taken, not shown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? PerRequest { get; init; }

    /// <summary>Null with words when a rate is missing or out of range.</summary>
    public ModelPrice? ToPrice(out string? problem)
    {
        problem = null;
        decimal?[] all = [InputPerMTok, OutputPerMTok, CachedInputPerMTok, CacheWritePerMTok, ReasoningPerMTok, PerRequestUsd, PerRequest];
        if (PerRequestUsd is not null && PerRequest is not null)
        {
            problem = "perRequest is another name of perRequestUsd: give one of them.";
        }
        else if (InputPerMTok is null || OutputPerMTok is null)
        {
            problem = "A price names inputPerMTok and outputPerMTok, in dollars per million tokens.";
        }
        else if (all.Any(rate => rate is < 0 or > MaxUsd))
        {
            problem = $"A rate is between 0 and {MaxUsd} dollars.";
        }

        return problem is not null ? null : new ModelPrice
        {
            InputPerMTok = Money.FromUsd(InputPerMTok!.Value),
            OutputPerMTok = Money.FromUsd(OutputPerMTok!.Value),
            CachedInputPerMTok = CachedInputPerMTok is { } cached ? Money.FromUsd(cached) : null,
            CacheWritePerMTok = CacheWritePerMTok is { } write ? Money.FromUsd(write) : null,
            ReasoningPerMTok = ReasoningPerMTok is { } reasoning ? Money.FromUsd(reasoning) : null,
            PerRequest = (PerRequestUsd ?? PerRequest) is { } flat ? Money.FromUsd(flat) : null,
        };
    }

    public static PriceBody? Of(ModelPrice? price) => price is null ? null : new PriceBody
    {
        InputPerMTok = price.InputPerMTok.ToUsd(),
        OutputPerMTok = price.OutputPerMTok.ToUsd(),
        CachedInputPerMTok = price.CachedInputPerMTok?.ToUsd(),
        CacheWritePerMTok = price.CacheWritePerMTok?.ToUsd(),
        ReasoningPerMTok = price.ReasoningPerMTok?.ToUsd(),
        PerRequestUsd = price.PerRequest?.ToUsd(),
    };
}

/// <summary>Limits of one attempt in a body, seconds; fractions allowed.</summary>
internal sealed record TimeoutsBody
{
    public double? AttemptSeconds { get; init; }

    public double? FirstContentSeconds { get; init; }

    public double? IdleSeconds { get; init; }

    public EndpointTimeouts? ToTimeouts(out string? problem)
    {
        double?[] all = [AttemptSeconds, FirstContentSeconds, IdleSeconds];
        problem = all.Any(s => s is < 0.05 or > 600) ? "Every timeout is between 0.05 and 600 seconds." : null;
        return problem is not null ? null : new EndpointTimeouts
        {
            AttemptSeconds = AttemptSeconds,
            FirstContentSeconds = FirstContentSeconds,
            IdleSeconds = IdleSeconds,
        };
    }

    public static TimeoutsBody Of(EndpointTimeouts timeouts) => new()
    {
        AttemptSeconds = timeouts.AttemptSeconds,
        FirstContentSeconds = timeouts.FirstContentSeconds,
        IdleSeconds = timeouts.IdleSeconds,
    };
}

/// <summary>The body of a registration (all but name and baseUrl optional) and, with all optional, of a change.</summary>
internal sealed record CustomModelBody
{
    public string? Name { get; init; }

    public string? BaseUrl { get; init; }

    public string? Model { get; init; }

    /// <summary>In a change, an empty text removes the key.</summary>
    public string? ApiKey { get; init; }

    /// <summary><c>user</c> or <c>tenant</c>; default: user where the key has one, else tenant.</summary>
    public string? Scope { get; init; }

    public bool? Enabled { get; init; }

    public bool? UsageInStream { get; init; }

    public string? Dialect { get; init; }

    /// <summary>The header that carries the key; in a change, an empty text goes back to the usual one.</summary>
    public string? AuthHeader { get; init; }

    public PriceBody? Price { get; init; }

    public TimeoutsBody? Timeouts { get; init; }

    public int? ContextTokens { get; init; }

    public string[]? Capabilities { get; init; }
}

/// <summary>A custom model as it is shown: everything but the secret.</summary>
internal sealed record CustomModelView
{
    public required string ModelId { get; init; }

    public required string Name { get; init; }

    public required string Scope { get; init; }

    public required string? Owner { get; init; }

    public required string BaseUrl { get; init; }

    public required string Model { get; init; }

    public required string Dialect { get; init; }

    /// <summary>Null = the provider's or the dialect's own.</summary>
    public required string? AuthHeader { get; init; }

    public required bool Enabled { get; init; }

    public required string Circuit { get; init; }

    public required bool HasApiKey { get; init; }

    public required bool UsageInStream { get; init; }

    public required PriceBody? Price { get; init; }

    public required TimeoutsBody Timeouts { get; init; }

    public required int? ContextTokens { get; init; }

    public required string[]? Capabilities { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
