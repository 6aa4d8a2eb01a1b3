using System.Text.Json;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>/admin/v1/budgets</c>: what a tenant, a user or a key may spend; <c>/api/budgets</c>: what is left of one's own.</summary>
internal static class BudgetsApi
{
    private const string Prefix = "/admin/v1/budgets/";
    private const int DefaultPage = 100;

    public static void MapBudgets(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin/v1/budgets").Allow(AccessPolicy.Admin);
        admin.MapGet("", ListAsync);

        // A scope holds ':' and '/', raw or encoded.
        admin.MapGet("/{**scope}", GetAsync);
        admin.MapPut("/{**scope}", PutAsync);
        admin.MapDelete("/{**scope}", RemoveAsync);
        admin.MapPost("/{**path}", SettleGapAsync);
        routes.MapGet("/api/budgets", ListOwnAsync).Allow(AccessPolicy.Key(KeyScopes.All));
    }

    private sealed record BudgetBody
    {
        public JsonElement? LimitUsd { get; init; }

        public string? Period { get; init; }

        public bool? Soft { get; init; }
    }

    private sealed record GapBody
    {
        public string? Action { get; init; }
    }

    private static async Task ListAsync(HttpContext http, IGrainFactory grains, string? cursor)
    {
        if (await Paging.ReadAsync(http, cursor, c => grains.GetGrain<IReportGrain>(0).ListBudgetsAsync(c, DefaultPage)) is { } page)
        {
            await JsonBody.WriteAsync(http, 200, new { budgets = page.Budgets.Select(ViewOf), next = page.Next });
        }
    }

    private static async Task GetAsync(HttpContext http, string scope, IGrainFactory grains, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject)
        {
            return;
        }

        if (await Budget(grains, subject.Scope).GetAsync() is { } view)
        {
            await JsonBody.WriteAsync(http, 200, ViewOf(view));
        }
        else
        {
            await ErrorResponses.WriteAsync(http, NoBudget(subject.Scope));
        }
    }

    private static async Task PutAsync(HttpContext http, string scope, IGrainFactory grains, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject
            || await JsonBody.ReadAsync<BudgetBody>(http) is not { } body)
        {
            return;
        }

        if (ReadDefinition(body, out var problem) is not { } definition)
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        // The budget first: an owner that says "hard" before there is a budget would be asked for nothing on every request.
        var result = await Budget(grains, subject.Scope).PutAsync(definition);
        if (result.Error != ConfigError.None)
        {
            await ErrorResponses.WriteAsync(http, ConfigurationWrites.ErrorOf(result.Error, result.Message));
        }
        else if (await scopes.FinishAsync(http, subject, await subject.Grain.PutBudgetKindAsync(definition.Kind)))
        {
            await JsonBody.WriteAsync(http, 200, ViewOf(result.Value!));
        }
    }

    private static async Task RemoveAsync(HttpContext http, string scope, IGrainFactory grains, MeteredScopes scopes)
    {
        if (await scopes.FindAsync(http, MeteredScopes.PathAfter(http, Prefix, scope)) is not { } subject)
        {
            return;
        }

        // The owner is told even when there is no budget (any more): a call that was cut half way is mended by repeating it.
        var removed = await Budget(grains, subject.Scope).RemoveAsync();
        if (!await scopes.FinishAsync(http, subject, await subject.Grain.PutBudgetKindAsync(BudgetKind.None)))
        {
            return;
        }

        if (removed)
        {
            http.Response.StatusCode = 204;
        }
        else
        {
            await ErrorResponses.WriteAsync(http, NoBudget(subject.Scope));
        }
    }

    private static async Task SettleGapAsync(HttpContext http, string path, IGrainFactory grains, MeteredScopes scopes)
    {
        const string Gaps = "/gaps/";
        var whole = MeteredScopes.PathAfter(http, Prefix, path);

        // The last one: a user's id may hold the word itself, a lease's cannot.
        var at = whole.LastIndexOf(Gaps, StringComparison.Ordinal);
        if (at < 0)
        {
            await ErrorResponses.WriteAsync(http, GatewayError.NotFound("The route is POST /admin/v1/budgets/{scope}/gaps/{leaseId}."));
            return;
        }

        if (await scopes.FindAsync(http, whole[..at]) is not { } subject || await JsonBody.ReadAsync<GapBody>(http) is not { } body)
        {
            return;
        }

        if (body.Action is not ("post" or "void"))
        {
            await ErrorResponses.WriteAsync(http, GatewayError.BadRequest("An action is 'post' (it was spent) or 'void' (it was not).", "action"));
            return;
        }

        var result = await Budget(grains, subject.Scope).SettleGapAsync(whole[(at + Gaps.Length)..], body.Action == "post");
        await (result.Error == ConfigError.None
            ? JsonBody.WriteAsync(http, 200, ViewOf(result.Value!))
            : ErrorResponses.WriteAsync(http, ConfigurationWrites.ErrorOf(result.Error, result.Message)));
    }

    /// <summary>The budgets that the caller's next request would be booked on; the tenant's only for who may see the tenant.</summary>
    private static async Task ListOwnAsync(HttpContext http, IGrainFactory grains)
    {
        if (await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        List<MeteredScope> own = [MeteredScope.OfUser(who.Tenant, who.User), MeteredScope.OfKey(who.Caller.Key.KeyId)];
        if (who.Caller.Key.Scopes.HasFlag(KeyScopes.Tenant))
        {
            own.Insert(0, MeteredScope.OfTenant(who.Tenant));
        }

        var views = await Task.WhenAll(own.Select(scope => Budget(grains, scope).GetAsync()));
        await JsonBody.WriteAsync(http, 200, new { budgets = views.OfType<BudgetView>().Select(ViewOf) });
    }

    private static BudgetDefinition? ReadDefinition(BudgetBody body, out GatewayError? problem)
    {
        problem = null;
        BudgetPeriod? period = body.Period switch
        {
            null or "total" => BudgetPeriod.Total,
            "day" => BudgetPeriod.Day,
            "week" => BudgetPeriod.Week,
            "month" => BudgetPeriod.Month,
            _ => null,
        };
        if (!UsdAmount.TryParse(body.LimitUsd, out var limit))
        {
            problem = GatewayError.BadRequest($"limitUsd is {UsdAmount.Rule}.", "limitUsd");
        }
        else if (period is null)
        {
            problem = GatewayError.BadRequest("A period is 'total', 'day', 'week' or 'month'.", "period");
        }

        return problem is not null
            ? null
            : new BudgetDefinition { Limit = limit, Period = period!.Value, Kind = body.Soft == true ? BudgetKind.Soft : BudgetKind.Hard };
    }

    private static object ViewOf(BudgetView view) => new
    {
        scope = view.Scope,
        limitUsd = view.Definition.Limit.ToUsdString(),
        period = view.Definition.Period,
        soft = view.Definition.Kind == BudgetKind.Soft,
        postedUsd = view.Posted.ToUsdString(),
        leasedUsd = view.Leased.ToUsdString(),
        freeUsd = (view.Definition.Limit - view.Posted - view.Leased).ToUsdString(),
        resetsAt = view.ResetsAt,
        gaps = view.Gaps.Select(gap => new { leaseId = gap.LeaseId, heldUsd = gap.Held.ToUsdString(), expiredAt = gap.ExpiredAt }),
    };

    private static GatewayError NoBudget(MeteredScope scope) => GatewayError.NotFound($"'{scope}' has no budget.");

    private static IBudgetGrain Budget(IGrainFactory grains, MeteredScope scope) => grains.GetGrain<IBudgetGrain>(GrainKeys.Budget(scope));
}
