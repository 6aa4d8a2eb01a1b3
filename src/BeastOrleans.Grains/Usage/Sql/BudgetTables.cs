using System.Data.Common;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>A row of <c>budgets</c>.</summary>
internal sealed record BudgetRow(MeteredScope Scope, BudgetDefinition Definition, DateTimeOffset CountedFrom)
{
    public BudgetWindow WindowOf(DateTimeOffset moment) => BudgetWindow.Of(Definition.Period, moment);
}

/// <summary>What a window has spent and lent.</summary>
internal readonly record struct WindowSums(Money Posted, Money Leased);

/// <summary>The rows of budgets, windows and leases, as the store and the posting of usage read and write them.</summary>
internal static class BudgetTables
{
    /// <summary>Gaps that one view shows.</summary>
    private const int MaxGaps = 100;

    public static BudgetRow? FindBudget(SqlSession session, string scope) => FindBudgets(session, [scope])[0];

    public static BudgetRow?[] FindBudgets(SqlSession session, IReadOnlyList<string> scopes) =>
        session.ReadEach(BudgetSql.SelectBudget, scopes, ReadBudget);

    /// <summary>For a transaction that changes the budget or lends from it: nobody else does meanwhile.</summary>
    public static BudgetRow? FindBudgetForUpdate(SqlSession session, string scope) =>
        session.ReadEach(BudgetSql.SelectBudget + session.ForUpdate, [scope], ReadBudget)[0];

    public static LeaseRow? FindLeaseForUpdate(SqlSession session, string id) => FindLeasesForUpdate(session, [id])[0];

    /// <param name="ids">In ordinal order, as everybody locks them.</param>
    public static LeaseRow?[] FindLeasesForUpdate(SqlSession session, IReadOnlyList<string> ids) =>
        session.ReadEach(BudgetSql.SelectLease + session.ForUpdate, ids, ReadLease);

    public static WindowSums? FindWindow(SqlSession session, string scope, DateTimeOffset start) =>
        FindWindow(session, BudgetSql.SelectWindow, scope, start);

    private static WindowSums? FindWindow(SqlSession session, string statement, string scope, DateTimeOffset start)
    {
        var found = session.Prepare(statement, ("@scope", scope), ("@start", start.ToUnixTimeMilliseconds()))
            .ReadAll(row => new WindowSums(Money.FromNano(row.GetInt64(0)), Money.FromNano(row.GetInt64(1))));
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>As <see cref="EnsureWindow"/>; nobody else changes it before this transaction ends.</summary>
    public static WindowSums EnsureWindowForUpdate(SqlSession session, BudgetRow budget, BudgetWindow window)
    {
        var statement = BudgetSql.SelectWindow + session.ForUpdate;
        if (FindWindow(session, statement, budget.Scope.Text, window.Start) is { } sums)
        {
            return sums;
        }

        InsertWindow(session, budget, window, Money.Zero);
        return FindWindow(session, statement, budget.Scope.Text, window.Start)!.Value;
    }

    /// <summary>The window's sums; its row is made where it is missing.</summary>
    public static WindowSums EnsureWindow(SqlSession session, BudgetRow budget, BudgetWindow window)
    {
        if (FindWindow(session, budget.Scope.Text, window.Start) is { } sums)
        {
            return sums;
        }

        return InsertWindow(session, budget, window, Money.Zero);
    }

    public static WindowSums InsertWindow(SqlSession session, BudgetRow budget, BudgetWindow window, Money leased)
    {
        var posted = SpentBefore(session, budget, window);
        session.Prepare(
            BudgetSql.InsertWindow,
            ("@scope", budget.Scope.Text),
            ("@start", window.Start.ToUnixTimeMilliseconds()),
            ("@end", window.End?.ToUnixTimeMilliseconds()),
            ("@posted", posted.Nano),
            ("@leased", leased.Nano)).ExecuteNonQuery();

        // Another transaction may have made it meanwhile.
        return FindWindow(session, budget.Scope.Text, window.Start)!.Value;
    }

    public static void Post(SqlSession session, string scope, DateTimeOffset start, Money posted, Money taken)
    {
        var row = session.Rows(BudgetSql.Post);
        AddPost(row, scope, start, posted, taken);
        row.Run();
    }

    /// <summary>The same as one of many rows of <see cref="BudgetSql.Post"/>.</summary>
    public static void AddPost(SqlRows rows, string scope, DateTimeOffset start, Money posted, Money taken) =>
        rows.Number(posted.Nano).Number(taken.Nano).Text(scope).Number(start.ToUnixTimeMilliseconds()).Add();

    /// <summary>Gives back what is left of a lease that was read for update. Nothing happens to one that has ended already.</summary>
    public static bool EndLease(SqlSession session, LeaseRow lease, LeaseState state, Money posted)
    {
        var ended = session.Prepare(BudgetSql.EndLease, ("@state", (long)state), ("@settled", posted.Nano), ("@id", lease.Id)).ExecuteNonQuery();
        if (ended == 0)
        {
            return false;
        }

        Post(session, lease.Scope, lease.WindowStart, posted, lease.Rest);
        return true;
    }

    /// <summary>The budget as it stands; writes nothing, so that a reader can ask.</summary>
    public static BudgetView View(SqlSession session, BudgetRow budget, DateTimeOffset now)
    {
        var window = budget.WindowOf(now);
        var sums = FindWindow(session, budget.Scope.Text, window.Start) ?? new WindowSums(SpentBefore(session, budget, window), Money.Zero);
        return new BudgetView
        {
            Scope = budget.Scope.Text,
            Definition = budget.Definition,
            Posted = sums.Posted,
            Leased = sums.Leased,
            ResetsAt = window.End,
            Gaps = [.. session.Prepare(
                BudgetSql.SelectGaps,
                ("@scope", budget.Scope.Text),
                ("@before", GapsBefore(now)),
                ("@limit", MaxGaps)).ReadAll(row => new LeaseGap
                {
                    LeaseId = row.GetString(0),
                    Held = Money.FromNano(row.GetInt64(1)),
                    ExpiredAt = Time(row, 2),
                })],
        };
    }

    /// <summary>Leases that ended before this are gaps.</summary>
    public static long GapsBefore(DateTimeOffset now) => (now - LeaseTerms.GapAfter).ToUnixTimeMilliseconds();

    public static BudgetRow ReadBudget(DbDataReader row)
    {
        var scope = row.GetString(0);
        return new BudgetRow(
            MeteredScope.TryParse(scope, out var parsed) ? parsed : throw new InvalidOperationException($"'{scope}' is stored as a budget's scope and is none."),
            new BudgetDefinition
            {
                Kind = (BudgetKind)row.GetInt32(1),
                Period = (BudgetPeriod)row.GetInt32(2),
                Limit = Money.FromNano(row.GetInt64(3)),
            },
            Time(row, 4));
    }

    public static LeaseRow ReadLease(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Scope = row.GetString(1),
        WindowStart = Time(row, 2),
        Gateway = row.GetString(3),
        Epoch = row.GetInt64(4),
        Amount = Money.FromNano(row.GetInt64(5)),
        Used = Money.FromNano(row.GetInt64(6)),
        Settled = Money.FromNano(row.GetInt64(7)),
        State = (LeaseState)row.GetInt32(8),
        GrantedAt = Time(row, 9),
        ExpiresAt = Time(row, 10),
    };

    // A window that began under this budget has had every row added to it since: had there been one, the row had made it. One that
    // began in the very millisecond of the budget may have rows from before.
    private static Money SpentBefore(SqlSession session, BudgetRow budget, BudgetWindow window)
    {
        if (window.Start > budget.CountedFrom)
        {
            return Money.Zero;
        }

        (string, object?) from = ("@from", RollupHour.Of(window.Start));
        (string, object?) to = ("@to", window.End is { } end ? RollupHour.Of(end) : long.MaxValue);
        var usage = Sum(budget.Scope.TryGetOwner(out var tenant, out var user) switch
        {
            false => session.Prepare(BudgetSql.SumOfKey, ("@key", KeyOf(budget.Scope)), from, to),
            _ when user is { } one => session.Prepare(BudgetSql.SumOfUser, ("@tenant", tenant.Value), from, to, ("@user", one.Value)),
            _ => session.Prepare(BudgetSql.SumOfTenant, ("@tenant", tenant.Value), from, to),
        });
        return usage + Sum(session.Prepare(
            BudgetSql.SumOfGapRows,
            ("@scope", budget.Scope.Text),
            ("@from", window.Start.ToUnixTimeMilliseconds()),
            ("@to", window.End?.ToUnixTimeMilliseconds() ?? long.MaxValue)));
    }

    /// <summary>The key id that a key's scope names.</summary>
    public static string KeyOf(MeteredScope scope) => scope.Text[(scope.Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public static Money Sum(DbCommand command) => Money.FromNano((long)command.ExecuteScalar()!);

    private static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
