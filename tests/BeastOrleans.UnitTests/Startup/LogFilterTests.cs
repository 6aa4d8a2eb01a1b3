using BeastOrleans.Host.Startup;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BeastOrleans.UnitTests.Startup;

public sealed class LogFilterTests
{
    [Theory]
    [InlineData("BeastOrleans.Grains.Endpoints.EndpointGrain", true)]
    [InlineData("Orleans.Runtime.Catalog", false)]
    public void Console_ShowsOurOwnLines(string category, bool expected)
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddBeastFilters(json: false)).BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        // A circuit that opens is such a line: an operator must see it without changing a setting.
        Assert.Equal(expected, logger.IsEnabled(LogLevel.Information));
        Assert.True(logger.IsEnabled(LogLevel.Warning));
    }
}
