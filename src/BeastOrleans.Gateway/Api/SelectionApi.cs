using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BeastOrleans.Gateway.Api;

/// <summary><c>POST /api/models/select</c>: the selector's answer with every reason; nothing is called, no secret returned.</summary>
internal static class SelectionApi
{
    public static void MapSelection(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/models/select", SelectAsync).Allow(AccessPolicy.Key(KeyScopes.Inference | KeyScopes.Models | KeyScopes.Tenant));

    private sealed record SelectBody
    {
        public string? Model { get; init; }

        public bool? PreferProvider { get; init; }

        public bool? PreferCustom { get; init; }

        public bool? NoFallback { get; init; }
    }

    private static async Task SelectAsync(
        HttpContext http, PlanCache plans, EndpointDirectory directory, TimeProvider time)
    {
        if (await JsonBody.ReadAsync<SelectBody>(http) is not { } body || await CallerUser.ResolveAsync(http) is not { } who)
        {
            return;
        }

        if (!RequestOptions.TryRead(http.Request.Headers, out var options, out var problem))
        {
            await ErrorResponses.WriteAsync(http, problem!);
            return;
        }

        var prefer = body.PreferProvider is true ? Preference.Provider : body.PreferCustom is true ? Preference.Custom : options.Prefer;
        var facts = new PlanFacts(body.Model, prefer, body.NoFallback ?? options.NoFallback, Capabilities.None, 0);
        var plan = (await plans.GetAsync(who.Caller.Key, who.User, facts, http.RequestAborted)).Plan;
        if (plan.Refusal is { } refusal)
        {
            await ErrorResponses.WriteAsync(http, RefusalErrors.Of(refusal));
            return;
        }

        var circuits = await Task.WhenAll(plan.Candidates.Select(c => HealthAsync(directory, c.Key, http.RequestAborted)));
        var entries = plan.Candidates.Zip(circuits, (candidate, health) => Explain(candidate, health, time.GetUtcNow())).ToArray();
        var chosen = Array.Find(entries, e => e.Eligible) ?? entries[0];
        var message = chosen.ModelId == plan.Candidates[0].ModelId
            ? plan.Message
            : $"{chosen.ModelId} would answer: {plan.Candidates[0].ModelId} is {entries[0].Reason}.";
        await JsonBody.WriteAsync(http, 200, new { modelId = chosen.ModelId, type = chosen.Type, message, plan = entries });
    }

    // A candidate without a key is one that nobody can call: it has no circuit.
    private static async Task<EndpointHealth> HealthAsync(EndpointDirectory directory, string key, CancellationToken cancellationToken) =>
        key.Length == 0
            ? new EndpointHealth(CircuitSnapshot.Initial, Local: null, TimeSpan.Zero, IsStale: false)
            : await directory.ReadHealthAsync(key, cancellationToken);

    private static Explanation Explain(PlanCandidate candidate, EndpointHealth health, DateTimeOffset now)
    {
        var refusal = candidate.Eligible ? health.Refusal(now, candidate.DescriptorVersion) : null;
        return new Explanation(
            candidate.ModelId,
            Wire.Of(candidate.Type),
            Wire.Of(candidate.Owner),
            Wire.Of(health.State),
            health.IsStale ? true : null,
            candidate.Eligible && refusal is null,
            refusal is null ? candidate.Reason : "unhealthy: " + refusal);
    }

    /// <param name="Stale">Absent unless the circuit's grain did not answer: then it is what was last known.</param>
    private sealed record Explanation(
        string ModelId,
        string Type,
        string Owner,
        string Circuit,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Stale,
        bool Eligible,
        string Reason);
}
