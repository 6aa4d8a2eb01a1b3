using BeastOrleans.Upstreams.Anthropic;
using BeastOrleans.Upstreams.Gemini;
using BeastOrleans.Upstreams.Http;
using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Probing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Upstreams;

public static class UpstreamServices
{
    /// <summary>
    /// Adds <see cref="UpstreamRegistry"/>, <see cref="BaseUrlRules"/>, <see cref="EndpointTester"/> and
    /// <see cref="EndpointHealthCheck"/>. The host binds <see cref="UpstreamOptions"/>; a wrong one stops the start.
    /// </summary>
    public static IServiceCollection AddBeastUpstreams(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<UpstreamOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<UpstreamOptions>, UpstreamOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<UpstreamHttp>();
        services.TryAddSingleton(static provider =>
        {
            var http = provider.GetRequiredService<UpstreamHttp>();
            var time = provider.GetRequiredService<TimeProvider>();
            return new UpstreamRegistry(new OpenAIUpstream(http, time), new AnthropicUpstream(http, time), new GeminiUpstream(http, time));
        });
        services.TryAddSingleton(static provider => new BaseUrlRules(provider.GetRequiredService<UpstreamHttp>().Guard));
        services.TryAddSingleton(static provider => new EndpointHealthCheck(provider.GetRequiredService<UpstreamHttp>()));
        services.TryAddSingleton(static provider => new EndpointTester(
            provider.GetRequiredService<UpstreamHttp>(),
            provider.GetRequiredService<UpstreamRegistry>(),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
