using System.Globalization;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>Reads what a usage report is asked for. Strict: a parameter that is not known would silently widen a bill.</summary>
internal static class UsageQueries
{
    public const int MaxDays = 366;
    public const int MaxHoursDays = 31;

    /// <summary>Days by hour where no tenant is named: more rows than one answer can sum in time.</summary>
    public const int MaxHoursDaysOfAll = 7;

    private const int MaxText = 1_024;

    private static readonly string[] ReportFields =
        ["by", "group", "tenant", "user", "key", "model", "provider", "tag", "from", "to", "cursor", "limit", "format"];

    private static readonly string[] LedgerFields = ["tenant", "user", "key", "model", "from", "to", "cursor", "limit", "format"];

    private static readonly string[] SavingsFields = ["tenant", "user", "from", "to"];

    private static readonly TimeSpan DefaultDays = TimeSpan.FromDays(30);
    private static readonly TimeSpan DefaultHours = TimeSpan.FromDays(1);

    /// <returns>What is wrong; null when the query is whole.</returns>
    public static GatewayError? ReadReport(IQueryCollection values, DateTimeOffset now, out UsageQuery? query)
    {
        query = null;
        if (CheckFields(values, ReportFields) is { } unknown)
        {
            return unknown;
        }

        ReportStep? step = values["by"].ToString() switch
        {
            "" or "day" => ReportStep.Day,
            "hour" => ReportStep.Hour,
            "total" => ReportStep.Total,
            _ => null,
        };
        if (step is null)
        {
            return GatewayError.BadRequest("by is 'day', 'hour' or 'total'.", "by");
        }

        if (!TryGroup(values["group"].ToString(), out var group))
        {
            return GatewayError.BadRequest("group is a comma list of tenant, user, key, model, provider and tag.", "group");
        }

        if (!TryTime(values["from"], out var from) || !TryTime(values["to"], out var to))
        {
            return GatewayError.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-01T00:00:00Z.", "from");
        }

        var end = to ?? now;
        var asked = new UsageQuery
        {
            Step = step.Value,
            Group = group,
            Tenant = Text(values, "tenant"),
            User = Text(values, "user"),
            Key = Text(values, "key"),
            Model = Text(values, "model"),
            Provider = Text(values, "provider"),
            Tag = Text(values, "tag"),
            From = from ?? Before(end, step == ReportStep.Hour ? DefaultHours : DefaultDays),
            To = end,
        };
        if (FindProblem(asked) is { } problem)
        {
            return problem;
        }

        query = asked;
        return null;
    }

    /// <inheritdoc cref="ReadReport"/>
    public static GatewayError? ReadLedger(IQueryCollection values, out LedgerQuery? query)
    {
        query = null;
        if (CheckFields(values, LedgerFields) is { } unknown)
        {
            return unknown;
        }

        if (!TryTime(values["from"], out var from) || !TryTime(values["to"], out var to))
        {
            return GatewayError.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-01T00:00:00Z.", "from");
        }

        query = new LedgerQuery
        {
            Tenant = Text(values, "tenant"),
            User = Text(values, "user"),
            Key = Text(values, "key"),
            Model = Text(values, "model"),
            From = from,
            To = to,
        };
        return query is { User: not null, Tenant: null } ? NameTheTenant("user") : null;
    }

    /// <inheritdoc cref="ReadReport"/>
    public static GatewayError? ReadSavings(IQueryCollection values, out TenantId? tenant, out MonitoringQuery? query)
    {
        tenant = null;
        query = null;
        if (CheckFields(values, SavingsFields) is { } unknown)
        {
            return unknown;
        }

        if (Text(values, "tenant") is { } text)
        {
            if (!TenantId.TryParse(text, out var id))
            {
                return GatewayError.BadRequest($"A tenant's id has {Names.Rule}.", "tenant");
            }

            tenant = id;
        }

        if (!TryTime(values["from"], out var from) || !TryTime(values["to"], out var to))
        {
            return GatewayError.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-01T00:00:00Z.", "from");
        }

        query = new MonitoringQuery { From = from, To = to, User = Text(values, "user") };
        return query.User is not null && tenant is null ? NameTheTenant("user") : null;
    }

    public static GatewayError? ReadLimit(string? text, int standard, int most, out int limit)
    {
        limit = standard;
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most)
            ? null
            : GatewayError.BadRequest($"A limit is between 1 and {most}.", "limit");
    }

    public static GatewayError? CheckFormat(string? format) =>
        format is null or "json" or "csv" ? null : GatewayError.BadRequest("A format is 'json' or 'csv'.", "format");

    /// <summary>A time of the years 1970 to 9998, so that a day more or less is one, too; null where there is no text.</summary>
    public static bool TryTime(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var ok = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed);
        ok = ok && parsed.Year is >= 1970 and <= 9998;
        at = ok ? parsed : null;
        return ok;
    }

    public static GatewayError? CheckFields(IQueryCollection values, string[] known)
    {
        if (values.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            return GatewayError.BadRequest($"There is no parameter '{(unknown.Length > 64 ? unknown[..64] : unknown)}'. Parameters: {string.Join(", ", known)}.", "query");
        }

        return values.Any(pair => pair.Value.Count > 1 || pair.Value.ToString().Length > MaxText)
            ? GatewayError.BadRequest($"A parameter is given once and has at most {MaxText} characters.", "query")
            : null;
    }

    public static string? Text(IQueryCollection values, string name) => values[name].ToString() is { Length: > 0 } text ? text : null;

    private static GatewayError? FindProblem(UsageQuery query)
    {
        var byOwner = query.User is not null || query.Key is not null || (query.Group & (ReportGroup.User | ReportGroup.Key)) != 0;
        var byTag = query.Tag is not null || query.Group.HasFlag(ReportGroup.Tag);
        if (byOwner && byTag)
        {
            return GatewayError.BadRequest("Tags are counted by tenant, model and provider, not by user or key: leave one of them out.", "tag");
        }

        if (query is { User: not null, Tenant: null } or { Tag: not null, Tenant: null })
        {
            return NameTheTenant(query.User is not null ? "user" : "tag");
        }

        if (query is { Step: ReportStep.Total, Tenant: null, Key: null } && (byOwner || byTag))
        {
            return GatewayError.BadRequest("A total by user, key or tag is one tenant's: name it with tenant=, or ask by=day.", "tenant");
        }

        if (query.From >= query.To)
        {
            return GatewayError.BadRequest("from lies before to.", "from");
        }

        var most = query.Step != ReportStep.Hour ? MaxDays : query.Tenant is null && query.Key is null ? MaxHoursDaysOfAll : MaxHoursDays;
        return query.To - query.From > TimeSpan.FromDays(most)
            ? GatewayError.BadRequest(
                query.Step == ReportStep.Hour
                    ? $"By hour, a window has at most {MaxHoursDays} days, and {MaxHoursDaysOfAll} where no tenant is named."
                    : $"A window has at most {MaxDays} days.",
                "from")
            : null;
    }

    private static GatewayError NameTheTenant(string what) =>
        GatewayError.BadRequest($"A {what} belongs to a tenant: name it with tenant=.", "tenant");

    private static DateTimeOffset Before(DateTimeOffset end, TimeSpan span) => end - DateTimeOffset.MinValue < span ? DateTimeOffset.MinValue : end - span;

    private static bool TryGroup(string text, out ReportGroup group)
    {
        group = ReportGroup.None;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            ReportGroup one = word switch
            {
                "tenant" => ReportGroup.Tenant,
                "user" => ReportGroup.User,
                "key" => ReportGroup.Key,
                "model" => ReportGroup.Model,
                "provider" => ReportGroup.Provider,
                "tag" => ReportGroup.Tag,
                _ => ReportGroup.None,
            };
            if (one == ReportGroup.None)
            {
                return false;
            }

            group |= one;
        }

        return true;
    }
}
