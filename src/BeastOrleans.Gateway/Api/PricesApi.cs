using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1/prices</c>: what models cost, from when on; and a price file of LiteLLM's as a start.</summary>
internal static class PricesApi
{
    private const int MaxFileBytes = 8 * 1024 * 1024;
    private const int MaxProviders = 32;

    public static void MapPrices(this IEndpointRouteBuilder routes)
    {
        var prices = routes.MapGroup("/admin/v1/prices").Allow(AccessPolicy.Admin);
        prices.MapPut("", PutAsync);
        prices.MapGet("", ListAsync);
        prices.MapPost("/import", ImportAsync);
    }

    private sealed record PutPriceBody : PriceBody
    {
        public string? Model { get; init; }

        public DateTimeOffset? EffectiveFrom { get; init; }
    }

    private static async Task PutAsync(HttpContext http, IGrainFactory grains, ConfigurationWrites writes, TimeProvider time)
    {
        if (await JsonBody.ReadAsync<PutPriceBody>(http) is not { } body)
        {
            return;
        }

        var price = body.ToPrice(out var problem);
        var param = price is null ? null : "model";
        if (!ModelId.TryParse(body.Model, out var model))
        {
            problem = "A price is for a model id like 'openai:gpt-4'.";
        }
        else if (problem is null && body.EffectiveFrom <= time.GetUtcNow())
        {
            problem = "effectiveFrom lies ahead; leave it out for now. What is booked keeps the price that it was booked at.";
            param = "effectiveFrom";
        }

        if (problem is not null)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest(problem, param));
            return;
        }

        var result = await Platform(grains).PutPriceAsync(model.ToString(), price!, body.EffectiveFrom?.ToUniversalTime());
        if (await writes.FinishAsync(http, EndpointOwner.Platform, result) is { } entry)
        {
            await JsonBody.WriteAsync(http, 200, View(entry));
        }
    }

    /// <summary>What is in force; with <c>?model=</c> or <c>?versions=all</c> every version that is kept.</summary>
    private static async Task ListAsync(HttpContext http, IGrainFactory grains, TimeProvider time, string? model, string? versions)
    {
        if (versions is not (null or "all"))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest("versions is 'all', or left out for the prices in force.", "versions"));
            return;
        }

        if (model is null && versions is null)
        {
            await JsonBody.WriteAsync(http, 200, new { prices = (await Platform(grains).GetPricesAsync()).Select(View) });
            return;
        }

        var entries = await Platform(grains).GetPriceVersionsAsync(model);
        var now = time.GetUtcNow();
        var table = PriceTable.With(entries);
        await JsonBody.WriteAsync(http, 200, new
        {
            prices = entries.Select(entry => new
            {
                model = entry.ModelId,
                version = entry.Version,
                effectiveFrom = entry.EffectiveFrom,
                state = entry.EffectiveFrom > now ? "to_come" : table.FindEntry(entry.ModelId, now) == entry ? "in_force" : "past",
                price = PriceBody.Of(entry.Price),
            }),
        });
    }

    private static async Task ImportAsync(HttpContext http, IGrainFactory grains, ConfigurationWrites writes, string? providers)
    {
        var also = (providers ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (also.Length > MaxProviders || Array.Exists(also, name => !Names.IsValid(name)))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest($"providers is a comma list of at most {MaxProviders} names.", "providers"));
            return;
        }

        var (bytes, error) = await RequestBody.ReadAsync(http, MaxFileBytes);
        if (error is not null || LiteLlmPrices.Read(bytes, also) is not { } file)
        {
            await ErrorResponses.WriteAsync(http, error ?? GatewayError.BadRequest("The body is LiteLLM's model_prices_and_context_window.json: an object of objects."));
            return;
        }

        if (await writes.FinishAsync(http, EndpointOwner.Platform, await Platform(grains).ImportPricesAsync([.. file.Prices])) is not { } added)
        {
            return;
        }

        await JsonBody.WriteAsync(http, 200, new
        {
            imported = added.Length,
            unchanged = file.Prices.Count - added.Length,
            skipped = file.Skipped.Count,
            notes = file.Notes.Select(note => new { model = note.Model, note = note.Text }),
            skippedModels = file.Skipped.Select(skip => new { model = skip.Model, reason = skip.Text }),
        });
    }

    private static object View(PriceEntry entry) => new
    {
        model = entry.ModelId,
        version = entry.Version,
        effectiveFrom = entry.EffectiveFrom,
        price = PriceBody.Of(entry.Price),
    };

    private static IPlatformGrain Platform(IGrainFactory grains) => grains.GetGrain<IPlatformGrain>(GrainKeys.Platform);
}
