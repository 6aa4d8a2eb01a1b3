using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>What a gateway that never came back had out: booked or given back by hand, and taken back where it did come back.</summary>
internal static class GapSettling
{
    public static GapOutcome Settle(SqlSession session, MeteredScope scope, string leaseId, bool post, DateTimeOffset now)
    {
        if (BudgetTables.FindLeaseForUpdate(session, leaseId) is not { } lease || lease.Scope != scope.Text)
        {
            return GapOutcome.NotFound;
        }

        var wanted = post ? LeaseState.Posted : LeaseState.Voided;
        if (lease.State != LeaseState.Open)
        {
            return lease.State == wanted ? GapOutcome.Settled : GapOutcome.Otherwise;
        }

        if (lease.ExpiresAt.ToUnixTimeMilliseconds() > BudgetTables.GapsBefore(now))
        {
            return GapOutcome.NotYet;
        }

        var cost = post ? lease.Rest : Money.Zero;
        BudgetTables.EndLease(session, lease, wanted, cost);
        new LedgerRowWriter(session).Append([Row(session, scope, lease, "gap:" + lease.Id, cost)]);
        return GapOutcome.Settled;
    }

    /// <summary>
    /// A row that came after its lease was posted by hand: what it brings was booked already, so as much of the posting is
    /// taken back, by a row of its own.
    /// </summary>
    public static void TakeBack(SqlSession session, LedgerRowWriter rows, MeteredScope scope, LeaseRow lease, string attemptId, Money refund) =>
        rows.Append([Row(session, scope, lease, $"gap:{lease.Id}:{attemptId}", Money.Zero - refund)]);

    private static UsageRecord Row(SqlSession session, MeteredScope scope, LeaseRow lease, string id, Money cost)
    {
        var (tenant, user, key) = OwnerOf(session, scope);
        return new UsageRecord
        {
            AttemptId = id,
            RequestId = id,
            AttemptNumber = 0,

            // In the window that it is booked on, whenever it is settled.
            At = lease.LentAt,
            Tenant = tenant,
            User = user,
            KeyId = key,
            Endpoint = "",
            ModelId = "",
            Model = "",
            Type = EndpointType.Custom,
            Outcome = OutcomeClass.Abandoned,
            Reason = FailureReason.None,
            DurationMs = 0,
            Cost = cost,
            PriceVersion = "gap",
            Kind = RowKind.Gap,
            Leases = [new LeaseUse { Scope = scope.Text, LeaseId = lease.Id, Reserved = lease.Rest }],
        };
    }

    private static (string Tenant, string User, string Key) OwnerOf(SqlSession session, MeteredScope scope)
    {
        if (scope.TryGetOwner(out var tenant, out var user))
        {
            return (tenant.Value, user?.Value ?? "", "");
        }

        var key = BudgetTables.KeyOf(scope);
        var owners = session.Prepare(BudgetSql.SelectKeyOwner, ("@id", key))
            .ReadAll(row => (row.IsDBNull(0) ? "" : row.GetString(0), row.IsDBNull(1) ? "" : row.GetString(1), key));
        return owners.Count > 0 ? owners[0] : ("", "", key);
    }
}
