using BeastOrleans.Contracts.Changes;
using BeastOrleans.Gateway.Api;
using BeastOrleans.Gateway.Authentication;
using BeastOrleans.Gateway.Diagnostics;
using BeastOrleans.Gateway.Directory;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Gateway.Events;
using BeastOrleans.Gateway.Forwarding;
using BeastOrleans.Gateway.Usage;
using BeastOrleans.Gateway.Usage.Budgets;
using BeastOrleans.Gateway.Usage.Limits;
using BeastOrleans.Gateway.Usage.Spool;
using BeastOrleans.Upstreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Serialization;

namespace BeastOrleans.Gateway;

/// <summary>How a host takes the gateway in: services, then middleware, then routes.</summary>
public static class GatewayServices
{
    public static IServiceCollection AddBeastGateway(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().ValidateDataAnnotations().ValidateOnStart();
        services.AddBeastUpstreams();
        services.AddBeastProcessState();
        services.TryAddSingleton<ConfigurationVersions>();
        services.TryAddSingleton<ControlCalls>();
        services.TryAddSingleton<EndpointDirectory>();
        services.TryAddSingleton<PlanCache>();
        services.TryAddSingleton<KeyAuthenticator>();
        services.TryAddSingleton<AdminAuthenticator>();
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<ConfigurationVersions>());
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<EndpointDirectory>());
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<PlanCache>());
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<KeyAuthenticator>());
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<AdminAuthenticator>());

        // A query parameter of the wrong kind is told like every other error, not as a bare 400.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddMetrics();
        services.TryAddSingleton<GatewayInstruments>();
        services.TryAddSingleton<RequestScopes>();
        services.TryAddSingleton<EventFeed>();
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<EventFeed>());
        services.TryAddSingleton<TokenCounter>();
        services.AddSerializer();
        services.TryAddSingleton<UsageSerializer>();
        services.TryAddSingleton<UsageSpool>();
        services.TryAddSingleton<UsageQueue>();
        services.TryAddSingleton<UsageRecorder>();
        services.TryAddSingleton<EndpointAdmission>();
        services.TryAddSingleton<LimitShares>();
        services.TryAddSingleton<FailedEnding>();
        services.TryAddSingleton<AttemptRunner>();
        services.TryAddSingleton<RequestForwarder>();
        services.TryAddSingleton<OutcomeReporter>();
        services.AddHostedService(s => s.GetRequiredService<OutcomeReporter>());

        // Before the shipper, so that it stops after it: what is acknowledged last frees leases.
        services.TryAddSingleton<BudgetLeases>();
        services.AddSingleton<IChangeListener>(s => s.GetRequiredService<BudgetLeases>());
        services.AddSingleton<IUsageAcknowledged>(s => s.GetRequiredService<BudgetLeases>());
        services.AddHostedService(s => s.GetRequiredService<BudgetLeases>());
        services.AddHostedService<UsageShipper>();
        services.TryAddSingleton<ConfigurationWrites>();
        services.TryAddSingleton<MeteredScopes>();
        services.TryAddSingleton<CustomModelRules>();
        return services;
    }

    /// <summary>Whether it is stopping, and whether grains can be asked: from the start, unless the host has registered a reach of its own that opens later.</summary>
    public static IServiceCollection AddBeastProcessState(this IServiceCollection services)
    {
        services.TryAddSingleton<Drain>();
        services.TryAddSingleton(static _ =>
        {
            var reach = new ClusterReach();
            reach.Open();
            return reach;
        });
        return services;
    }

    /// <summary>Takes the usage spool, before anything listens; a host names its directory in <see cref="UsageSpoolOptions"/>.</summary>
    /// <exception cref="SpoolUnavailableException">It cannot be used; the message says what to do.</exception>
    public static IServiceProvider OpenBeastSpool(this IServiceProvider services)
    {
        services.GetRequiredService<UsageSpool>();
        return services;
    }

    /// <summary>The last-resort error answer, the process's own state, routing and the access check, in that order.</summary>
    public static IApplicationBuilder UseBeastGateway(this IApplicationBuilder app) =>
        app.UseMiddleware<FaultMiddleware>().UseMiddleware<ProcessStateMiddleware>().UseRouting().UseMiddleware<AccessMiddleware>();

    public static IEndpointRouteBuilder MapBeastGateway(this IEndpointRouteBuilder routes)
    {
        routes.MapChatCompletions();
        routes.MapMessages();
        routes.MapResponses();
        routes.MapCompletions();
        routes.MapModels();
        routes.MapCodebaseChat();
        routes.MapCustomModels();
        routes.MapSelection();
        routes.MapMonitoring();
        routes.MapEvents();
        routes.MapProviders();
        routes.MapPolicies();
        routes.MapBudgets();
        routes.MapUsage();
        routes.MapPrices();
        routes.MapLimits();
        routes.MapAdminKeys();
        routes.MapAdmin();
        return routes;
    }
}
