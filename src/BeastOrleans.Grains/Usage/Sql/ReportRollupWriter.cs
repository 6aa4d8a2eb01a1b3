using BeastOrleans.Grains.Storage.Sql;

namespace BeastOrleans.Grains.Usage.Sql;

/// <summary>Adds a batch's sums to the tables that reports are answered from.</summary>
internal static class ReportRollupWriter
{
    private static readonly string UpsertDay = LedgerSql.Upsert("usage_day", ["tenant", "bucket", "user_id", "key_id", "model_id", "type"], LedgerSql.UsageSums);

    private static readonly string UpsertModelHour = LedgerSql.Upsert("usage_model_hour", ["bucket", "tenant", "model_id", "type"], LedgerSql.UsageSums);

    private static readonly string UpsertModelDay = LedgerSql.Upsert("usage_model_day", ["bucket", "tenant", "model_id", "type"], LedgerSql.UsageSums);

    private static readonly string UpsertTagHour = LedgerSql.Upsert("usage_tag_hour", ["tenant", "bucket", "tag", "model_id", "type"], LedgerSql.UsageSums);

    private static readonly string UpsertTagDay = LedgerSql.Upsert("usage_tag_day", ["tenant", "bucket", "tag", "model_id", "type"], LedgerSql.UsageSums);

    // The guard of the bound: a tag beyond it finds no row of its own. Writers at the same moment may pass it by one each.
    private static readonly string InsertTag =
        "INSERT INTO usage_tags (tenant, day, tag) SELECT @tenant, @day, @tag "
        + $"WHERE (SELECT COUNT(*) FROM usage_tags WHERE tenant = @tenant AND day = @day) < {LedgerBounds.TagsPerDay} ON CONFLICT DO NOTHING";

    private const string SelectTag = "SELECT 1 FROM usage_tags WHERE tenant = @tenant AND day = @day AND tag = @tag";

    public static void Write(SqlSession session, LedgerTally tally)
    {
        var rollups = ReportRollups.Of(tally.Usage);
        var day = session.Rows(UpsertDay);
        foreach (var (key, sum) in rollups.Days)
        {
            RollupWriter.BindSums(day.Text(key.Tenant).Number(key.Hour).Text(key.User).Text(key.KeyId).Text(key.ModelId).Number((long)key.Type), sum).Add();
        }

        day.Run();
        Write(session, UpsertModelHour, rollups.ModelHours);
        Write(session, UpsertModelDay, rollups.ModelDays);
        if (tally.Tags.Count > 0)
        {
            var (hours, days) = ReportRollups.OfTags(tally.Tags, tag => IsCounted(session, tag));
            Write(session, UpsertTagHour, hours);
            Write(session, UpsertTagDay, days);
        }
    }

    private static void Write(SqlSession session, string upsert, IReadOnlyDictionary<ModelRollupKey, UsageTally> sums)
    {
        var row = session.Rows(upsert);
        foreach (var (key, sum) in sums)
        {
            RollupWriter.BindSums(row.Number(key.Bucket).Text(key.Tenant).Text(key.ModelId).Number((long)key.Type), sum).Add();
        }

        row.Run();
    }

    private static void Write(SqlSession session, string upsert, SortedDictionary<TagRollupKey, UsageTally> sums)
    {
        var row = session.Rows(upsert);
        foreach (var (key, sum) in sums)
        {
            RollupWriter.BindSums(row.Text(key.Tenant).Number(key.Bucket).Text(key.Tag).Text(key.ModelId).Number((long)key.Type), sum).Add();
        }

        row.Run();
    }

    private static bool IsCounted(SqlSession session, TagOfDay tag)
    {
        (string, object?) tenant = ("@tenant", tag.Tenant);
        (string, object?) day = ("@day", tag.Day);
        (string, object?) name = ("@tag", tag.Tag);
        return session.Prepare(SelectTag, tenant, day, name).ExecuteScalar() is not null
            || session.Prepare(InsertTag, tenant, day, name).ExecuteNonQuery() > 0

            // Another writer was first with it.
            || session.Prepare(SelectTag, tenant, day, name).ExecuteScalar() is not null;
    }
}
