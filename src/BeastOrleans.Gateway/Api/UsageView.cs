using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Errors;

namespace BeastOrleans.Gateway.Api;

/// <summary>A usage report as JSON and as CSV: the same figures in the same order.</summary>
internal static class UsageView
{
    private static readonly string[] Figures =
    [
        "attempts", "ok", "abandoned", "unknown", "caller", "network", "overload", "timeout", "unhealthy", "other",
        "tokensInput", "tokensOutput", "tokensCachedInput", "tokensCacheWrite", "tokensReasoning", "costUsd", "unpriced",
    ];

    public static object Of(UsageQuery query, UsagePage page)
    {
        var groups = GroupsOf(query);
        return new
        {
            from = page.From,
            to = page.To,
            by = query.Step,
            group = groups.Select(group => group.Name),
            rows = page.Rows.Select(row => Row(groups, row)),
            next = page.Next,
        };
    }

    public static Csv ToCsv(UsageQuery query, UsagePage page)
    {
        var groups = GroupsOf(query);
        var csv = new Csv([query.Step == ReportStep.Total ? "from" : "at", .. groups.Select(group => group.Name), .. Figures]);
        foreach (var row in page.Rows)
        {
            csv.Add(row.At);
            foreach (var (_, value) in groups)
            {
                csv.Add(value(row));
            }

            csv.Add(row.Attempts).Add(row.Ok).Add(row.Abandoned).Add(row.Unknown).Add(row.Caller)
                .Add(row.Network).Add(row.Overload).Add(row.Timeout).Add(row.Unhealthy).Add(row.Other)
                .Add(row.Tokens.Input).Add(row.Tokens.Output).Add(row.Tokens.CachedInput).Add(row.Tokens.CacheWrite).Add(row.Tokens.Reasoning)
                .Add(row.Cost.ToUsd()).Add(row.Unpriced)
                .EndRow();
        }

        return csv;
    }

    private static Dictionary<string, object?> Row(List<(string Name, Func<UsageRow, string?> Value)> groups, UsageRow row)
    {
        var view = new Dictionary<string, object?> { ["at"] = row.At };
        foreach (var (name, value) in groups)
        {
            view[name] = value(row);
        }

        view["attempts"] = new
        {
            total = row.Attempts,
            ok = row.Ok,
            abandoned = row.Abandoned,
            unknown = row.Unknown,
            caller = row.Caller,
            network = row.Network,
            overload = row.Overload,
            timeout = row.Timeout,
            unhealthy = row.Unhealthy,
            other = row.Other,
        };
        view["tokens"] = new
        {
            input = row.Tokens.Input,
            output = row.Tokens.Output,
            cachedInput = row.Tokens.CachedInput,
            cacheWrite = row.Tokens.CacheWrite,
            reasoning = row.Tokens.Reasoning,
        };
        view["costUsd"] = row.Cost.ToUsd();
        view["unpriced"] = row.Unpriced;
        return view;
    }

    // A user, a key or a tag brings its tenant along.
    private static List<(string Name, Func<UsageRow, string?> Value)> GroupsOf(UsageQuery query)
    {
        const ReportGroup OfTenant = ReportGroup.Tenant | ReportGroup.User | ReportGroup.Key | ReportGroup.Tag;
        var groups = new List<(string, Func<UsageRow, string?>)>();
        AddIf(OfTenant, "tenant", row => row.Tenant);
        AddIf(ReportGroup.User, "user", row => row.User);
        AddIf(ReportGroup.Key, "key", row => row.Key);
        AddIf(ReportGroup.Tag, "tag", row => row.Tag);
        AddIf(ReportGroup.Provider, "provider", row => row.Provider);
        AddIf(ReportGroup.Model, "model", row => row.Model);
        return groups;

        void AddIf(ReportGroup group, string name, Func<UsageRow, string?> value)
        {
            if ((query.Group & group) != 0)
            {
                groups.Add((name, value));
            }
        }
    }
}

/// <summary>A row of the ledger as it is.</summary>
internal static class LedgerView
{
    private static readonly string[] Columns =
    [
        "attemptId", "requestId", "attempt", "at", "kind", "tenant", "user", "key", "modelId", "model", "type", "outcome", "reason", "status",
        "firstContentMs", "ms", "tokensInput", "tokensOutput", "tokensCachedInput", "tokensCacheWrite", "tokensReasoning", "source",
        "costUsd", "overrunUsd", "priceVersion", "tags",
    ];

    public static object Of(UsageRecord row) => new
    {
        attemptId = row.AttemptId,
        requestId = row.RequestId,
        attempt = row.AttemptNumber,
        at = row.At,
        kind = row.Kind,
        tenant = row.Tenant,
        user = row.User,
        key = row.KeyId,
        modelId = row.ModelId,
        model = row.Model,
        type = Wire.Of(row.Type),
        outcome = OutcomeOf(row),
        reason = Wire.Of(row.Reason),
        status = row.Status > 0 ? row.Status : (int?)null,
        firstContentMs = row.FirstContentMs,
        ms = row.DurationMs,
        tokens = new
        {
            input = row.Tokens.Input,
            output = row.Tokens.Output,
            cachedInput = row.Tokens.CachedInput,
            cacheWrite = row.Tokens.CacheWrite,
            reasoning = row.Tokens.Reasoning,
            source = row.Tokens.Source,
        },
        costUsd = CostOf(row),
        overrunUsd = row.Overrun.ToUsd(),
        priceVersion = row.PriceVersion,
        tags = row.Tags,
    };

    public static Csv ToCsv(LedgerPage page)
    {
        var csv = new Csv(Columns);
        foreach (var row in page.Rows)
        {
            csv.Add(row.AttemptId).Add(row.RequestId).Add(row.AttemptNumber).Add(row.At).Add(KindOf(row.Kind))
                .Add(row.Tenant).Add(row.User).Add(row.KeyId).Add(row.ModelId).Add(row.Model)
                .Add(Wire.Of(row.Type)).Add(OutcomeOf(row)).Add(Wire.Of(row.Reason)).Add(row.Status > 0 ? row.Status : (long?)null)
                .Add((long?)row.FirstContentMs).Add(row.DurationMs)
                .Add(row.Tokens.Input).Add(row.Tokens.Output).Add(row.Tokens.CachedInput).Add(row.Tokens.CacheWrite).Add(row.Tokens.Reasoning)
                .Add(row.Tokens.Source switch { UsageSource.Reported => "reported", UsageSource.Estimated => "estimated", _ => "none" })
                .Add(CostOf(row)).Add(row.Overrun.ToUsd()).Add(row.PriceVersion).Add(row.Tags is { } tags ? string.Join(',', tags) : null)
                .EndRow();
        }

        return csv;
    }

    // Unpriced is not zero; what never reached a model costs nothing.
    private static decimal? CostOf(UsageRecord row) => row.PriceVersion is null && row.AttemptNumber > 0 ? null : row.Cost.ToUsd();

    private static string OutcomeOf(UsageRecord row) =>
        row.Kind != RowKind.Settled ? KindOf(row.Kind) : row.Partial ? "partial" : row.AttemptNumber == 0 ? "refused" : Wire.Of(row.Outcome);

    private static string KindOf(RowKind kind) => kind switch { RowKind.Unknown => "unknown", RowKind.Gap => "gap", _ => "settled" };
}
