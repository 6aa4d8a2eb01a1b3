using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>The routes that steer a simulator over HTTP. They are never scripted, logged or counted.</summary>
internal static class ControlApi
{
    // Quotes in a problem's text stay readable for curl; nothing here is put into a page.
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void MapControlApi(this IEndpointRouteBuilder routes, SimulatorState state)
    {
        routes.MapPost(SimulatorRoutes.Script, (RequestDelegate)(context => AddScriptAsync(context, state)));
        routes.MapDelete(SimulatorRoutes.Script, (RequestDelegate)(context =>
        {
            state.Script.Clear();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
        routes.MapGet(SimulatorRoutes.Requests, (RequestDelegate)(context => ListRequestsAsync(context, state)));
        routes.MapDelete(SimulatorRoutes.Requests, (RequestDelegate)(context =>
        {
            state.Log.Clear();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
        routes.MapGet(SimulatorRoutes.Stats, (RequestDelegate)(context =>
            context.Response.WriteAsJsonAsync(state.Counters.Snapshot(state.Models), Json, context.RequestAborted)));
    }

    private static async Task AddScriptAsync(HttpContext context, SimulatorState state)
    {
        if (context.Request.ContentLength is > SimulatorLimits.MaxScriptBodyBytes)
        {
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "The script is too long.");
            return;
        }

        // Any content type: curl -d sends a form's.
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var behavior = BehaviorJson.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), out var problem);
        if (behavior is not null)
        {
            problem = state.Script.Add(behavior) ?? "";
        }

        if (problem.Length > 0)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, problem);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { message, type = "simulator_script_error" } }, Json, context.RequestAborted);
    }

    /// <summary>The latest requests, oldest first; <c>?limit=n</c> for fewer (default 100).</summary>
    private static Task ListRequestsAsync(HttpContext context, SimulatorState state)
    {
        var limit = int.TryParse(context.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 100;
        var entries = state.Log.Snapshot();
        var requests = entries.Skip(entries.Count - Math.Clamp(limit, 0, SimulatorLimits.MaxRequestsListed)).Select(entry => new
        {
            entry.Number,
            At = entry.ReceivedAt,
            entry.Method,
            entry.Path,
            entry.Model,
            entry.Stream,
            entry.Headers,
            entry.Body,
            entry.BodyTruncated,
            entry.ConnectionId,
            entry.StatusCode,
            entry.EventsSent,
            Outcome = JsonNamingPolicy.CamelCase.ConvertName(entry.Outcome.ToString()),
            entry.Completed,
            entry.Aborted,
            entry.AbortedAt,
            entry.FinishedAt,
        });
        return context.Response.WriteAsJsonAsync(new { dropped = state.Log.Dropped, requests }, Json, context.RequestAborted);
    }
}
