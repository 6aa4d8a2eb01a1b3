using Microsoft.Extensions.DependencyInjection;

namespace BeastOrleans.Upstreams;

public static class UpstreamServices
{
    /// <summary>
    /// Adds <see cref="UpstreamRegistry"/>, <see cref="Http.BaseUrlRules"/>, <see cref="Probing.EndpointTester"/> and
    /// <see cref="Probing.EndpointHealthCheck"/>. The host binds <see cref="UpstreamOptions"/>.
    /// </summary>
    public static IServiceCollection AddBeastUpstreams(this IServiceCollection services) => throw new NotImplementedException();
}
