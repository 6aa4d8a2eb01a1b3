using System.ComponentModel.DataAnnotations;
using System.Net;
using BeastOrleans.Gateway;
using BeastOrleans.Grains.Usage.Retention;
using BeastOrleans.Host.Startup;
using BeastOrleans.Upstreams;

namespace BeastOrleans.Host.Settings;

/// <summary>Reads the settings before anything starts, so that a wrong one is one clear line and not a half-started process.</summary>
internal static class SettingsReader
{
    private static readonly string[] Known =
    [
        .. typeof(BeastOptions).GetProperties().Select(p => p.Name),
        .. typeof(GatewayOptions).GetProperties().Select(p => p.Name),
        .. typeof(RetentionOptions).GetProperties().Select(p => p.Name),
        "Upstreams",
    ];

    /// <exception cref="StartupException">A setting is unknown or has no valid value.</exception>
    public static BeastOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(BeastOptions.Section);
        foreach (var child in section.GetChildren())
        {
            if (!Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new StartupException($"Unknown setting Beast:{child.Key}. Known: {string.Join(", ", Known.Order(StringComparer.Ordinal))}.");
            }
        }

        var options = Bind<BeastOptions>(section);
        options.SiloGateways = ReadList(section.GetSection(nameof(BeastOptions.SiloGateways)));
        Bind<GatewayOptions>(section);
        RequireKnown(section.GetSection("Upstreams"), [nameof(UpstreamOptions.AllowedNetworks), nameof(UpstreamOptions.TraceContext)]);
        RequireKnown(section.GetSection(nameof(BeastOptions.ClusterTls)), [.. typeof(ClusterTlsOptions).GetProperties().Select(p => p.Name)]);

        if (!IPAddress.TryParse(options.BindAddress, out _))
        {
            throw new StartupException("Beast:BindAddress is an IP address.");
        }

        if (options.ServiceId.Contains('+', StringComparison.Ordinal) || options.ClusterId.Contains('+', StringComparison.Ordinal))
        {
            throw new StartupException("Beast:ClusterId and Beast:ServiceId may not hold '+': it splits storage keys.");
        }

        RoleRules.Check(options, configuration);
        return options;
    }

    private static void RequireKnown(IConfigurationSection section, string[] known)
    {
        foreach (var child in section.GetChildren())
        {
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new StartupException($"Unknown setting {section.Path}:{child.Key}. Known: {string.Join(", ", known)}.");
            }
        }
    }

    /// <summary>A list in either spelling: <c>a,b</c> in one setting, or one setting for each.</summary>
    private static string? ReadList(IConfigurationSection section) =>
        section.Value ?? (section.GetChildren().Any() ? string.Join(',', section.GetChildren().Select(c => c.Value)) : null);

    private static T Bind<T>(IConfigurationSection section)
        where T : class, new()
    {
        T options;
        try
        {
            options = section.Get<T>() ?? new T();
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"A setting has no valid value: {e.Message}", e);
        }

        var problems = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true)
            ? options
            : throw new StartupException(string.Join(" ", problems.Select(p => p.ErrorMessage)));
    }
}
