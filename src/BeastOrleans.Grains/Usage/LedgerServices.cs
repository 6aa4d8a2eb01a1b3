using BeastOrleans.Grains.Diagnostics;
using BeastOrleans.Grains.Tenants;
using BeastOrleans.Grains.Usage.Reports;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Grains.Usage.Sql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeastOrleans.Grains.Usage;

/// <summary>Registers the ledger, the budgets, its reports and the registry.</summary>
public static class LedgerServices
{
    /// <summary>Needs a database: one of <see cref="Storage.StorageExtensions"/>.</summary>
    public static IServiceCollection AddBeastLedger(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<GrainInstruments>();
        services.TryAddSingleton<ILedgerStore, SqlLedgerStore>();
        services.TryAddSingleton<IBudgetStore, SqlBudgetStore>();
        services.TryAddSingleton<SqlRunner>();
        services.TryAddSingleton<IUsageReportStore, UsageReportStore>();
        services.TryAddSingleton<IRecomputeStore, RecomputeStore>();
        services.AddOptions<RetentionOptions>().Validate(options => options.IsValid, RetentionOptions.Problem).ValidateOnStart();
        services.TryAddSingleton<IRetentionStore, RetentionStore>();
        services.AddHostedService<RetentionKeeper>();
        services.TryAddSingleton<SqlRegistry>();
        services.TryAddSingleton<IRegistry>(provider => provider.GetRequiredService<SqlRegistry>());
        services.TryAddSingleton<IRegistryReader>(provider => provider.GetRequiredService<SqlRegistry>());
        return services;
    }
}
