using System.Net;

namespace BeastOrleans.Simulator;

/// <summary>The executable's few switches; options or the first problem.</summary>
internal static class CommandLine
{
    public const string Usage = "usage: BeastOrleans.Simulator [--urls http://127.0.0.1:9001] [--models a,b] [--api-key KEY] [--tokens N] [--truth FILE] [--strict] [--benchmark]";

    public static SimulatorOptions? Parse(IReadOnlyList<string> arguments, out string problem)
    {
        var address = IPAddress.Loopback;
        var port = 9001;
        var defaults = new SimulatorOptions();
        var models = defaults.Models;
        var tokens = defaults.DefaultTokens;
        string? apiKey = null;
        string? truth = null;
        var isBenchmark = false;
        var isStrict = false;
        problem = "";
        for (var index = 0; index < arguments.Count; index++)
        {
            var name = arguments[index];
            if (name == "--benchmark")
            {
                isBenchmark = true;
                continue;
            }

            if (name == "--strict")
            {
                isStrict = true;
                continue;
            }

            if (++index >= arguments.Count)
            {
                problem = $"{name} needs a value, or is unknown.";
                return null;
            }

            var value = arguments[index];
            switch (name)
            {
                case "--urls" when TryParseUrl(value, out address, out port):
                case "--tokens" when int.TryParse(value, out tokens) && tokens is > 0 and <= SimulatorLimits.MaxTokens:
                    break;
                case "--models":
                    models = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                    break;
                case "--api-key":
                    apiKey = value;
                    break;
                case "--truth":
                    truth = value;
                    break;
                default:
                    problem = $"{name} {value} is not understood.";
                    return null;
            }
        }

        return new SimulatorOptions
        {
            Address = address,
            Port = port,
            Models = models,
            DefaultTokens = tokens,
            RequiredApiKey = apiKey,
            TruthFile = truth,
            BenchmarkMode = isBenchmark,
            Strict = isStrict,
        };
    }

    private static bool TryParseUrl(string text, out IPAddress address, out int port)
    {
        address = IPAddress.Loopback;
        port = 0;
        // "*" and "+" are no host names to Uri, yet what ASP.NET users write for all interfaces.
        var isAny = text.Contains("//*", StringComparison.Ordinal) || text.Contains("//+", StringComparison.Ordinal);
        var plain = text.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(plain, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
        {
            return false;
        }

        port = url.Port;
        if (url.Host == "localhost")
        {
            return true;
        }

        if (!IPAddress.TryParse(url.Host.Trim('[', ']'), out var parsed))
        {
            return false;
        }

        address = isAny ? IPAddress.Any : parsed;
        return true;
    }
}
