using System.Net;
using System.Text.Json;
using BeastOrleans.Failover.Clients;
using BeastOrleans.Failover.Stages;
using BeastOrleans.Testing;

namespace BeastOrleans.Failover.Accounting;

/// <summary>The decision record of one request, as <c>GET /api/requests/{id}</c> gives it.</summary>
internal sealed record BookedRequest(
    string Id, string? Served, string? FallbackReason, decimal CostUsd, decimal BaselineUsd, IReadOnlyList<BookedAttempt> Attempts)
{
    private const string NoReason = "none";

    private static readonly TimeSpan BookedWithin = TimeSpan.FromSeconds(5);

    /// <summary>Null when it does not come: books are a fraction of a second behind the answer.</summary>
    public static async Task<BookedRequest?> FindAsync(ApiClient api, string id)
    {
        ApiAnswer? answer = null;
        try
        {
            await Eventually.IsTrueAsync(
                $"{id} is booked",
                async () => (answer = await api.GetAsync("/api/requests/" + id)).Status == HttpStatusCode.OK,
                BookedWithin);
        }
        catch (TimeoutException)
        {
            return null;
        }

        var record = answer!.Json;
        return new BookedRequest(
            id,
            Text(record, "served"),
            Reason(record, "fallbackReason"),
            Usd(record, "costUsd") ?? 0,
            Usd(record, "baselineUsd") ?? 0,
            [.. record.GetProperty("attempts").EnumerateArray().Select(ToAttempt)]);
    }

    public IEnumerable<string> ProblemsWith(RequestTrace trace)
    {
        // What the client was told is what was booked; a stream's headers were sent while its last attempt went well.
        string[] booked = [.. Attempts.Select(a => a.AsHeader)];
        if (trace.Answer.Attempts.Count > 0 && trace.Mode != Mode.Plain && booked is [.., _] && Attempts[^1].Outcome == "partial")
        {
            booked[^1] = Attempts[^1].ModelId + "=ok";
        }

        if (trace.Answer.Attempts.Count > 0 && !booked.SequenceEqual(trace.Answer.Attempts))
        {
            yield return $"{Id}: booked {string.Join(';', booked)}, told {string.Join(';', trace.Answer.Attempts)}";
        }

        if (trace.Answer.Served is { } told && trace.Answer.IsWhole && Served != told)
        {
            yield return $"{Id}: booked as served by {Served}, told {told}";
        }

        foreach (var problem in Attempts.Select(a => a.FindProblem()).OfType<string>())
        {
            yield return $"{Id}: {problem}";
        }

        if (Attempts.Sum(a => a.CostUsd ?? 0) != CostUsd)
        {
            yield return $"{Id}: costs {CostUsd}, its attempts {Attempts.Sum(a => a.CostUsd ?? 0)}";
        }
    }

    private static BookedAttempt ToAttempt(JsonElement attempt)
    {
        var tokens = attempt.GetProperty("tokens");
        return new BookedAttempt(
            Text(attempt, "modelId")!,
            Text(attempt, "outcome")!,
            Reason(attempt, "reason"),
            tokens.GetProperty("input").GetInt64() + tokens.GetProperty("output").GetInt64(),
            Usd(attempt, "costUsd"));
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).ValueKind == JsonValueKind.String ? of.GetProperty(name).GetString() : null;

    private static string? Reason(JsonElement of, string name) => Text(of, name) is { } reason && reason != NoReason ? reason : null;

    private static decimal? Usd(JsonElement of, string name) => of.GetProperty(name).ValueKind == JsonValueKind.Number ? of.GetProperty(name).GetDecimal() : null;
}
