using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;

namespace BeastOrleans.GatewayTests.Dialects;

/// <summary>Both legs of one request as text: headers and bodies, with what differs from run to run masked.</summary>
internal sealed partial class GoldenExchange
{
    /// <summary>Of the connection or of the moment, not of the exchange.</summary>
    private static readonly HashSet<string> Left = new(StringComparer.OrdinalIgnoreCase)
    {
        "host", "content-length", "transfer-encoding", "connection", "date", "traceparent", "tracestate",
    };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _text = new();

    public async Task AddRequestAsync(HttpRequestMessage request)
    {
        Begin("client -> gateway", $"{request.Method} {request.RequestUri}");
        AddHeaders(request.Headers.Concat(request.Content!.Headers).Select(static header => (header.Key, string.Join(',', header.Value))));
        AddBody(await request.Content.ReadAsStringAsync());
    }

    public void AddUpstreamRequest(SimulatedRequest seen)
    {
        Begin("gateway -> upstream", $"{seen.Method} {seen.Path}");
        AddHeaders(seen.Headers.Select(static header => (header.Key, header.Value)));
        AddBody(seen.Body);
    }

    public void AddAnswer(string title, ApiAnswer answer)
    {
        Begin(title, ((int)answer.Status).ToString(CultureInfo.InvariantCulture));
        AddHeaders(answer.Headers.Select(static header => (header.Key, header.Value)));
        AddBody(answer.Text);
    }

    public override string ToString() => Mask(_text.ToString());

    private static string Mask(string text)
    {
        text = Key().Replace(text, "<key>");
        text = Port().Replace(text, "127.0.0.1:<port>");
        text = Time().Replace(text, "$1<time>");
        text = SimulatedId().Replace(text, "$1<n>");
        text = Baseline().Replace(text, "$1<usd>");
        return OwnId().Replace(text, "$1<id>");
    }

    private void Begin(string title, string line) => _text.Append(CultureInfo.InvariantCulture, $"{(_text.Length > 0 ? "\n" : "")}# {title}\n{line}\n");

    private void AddHeaders(IEnumerable<(string Name, string Value)> headers)
    {
        foreach (var (name, value) in headers.Where(static header => !Left.Contains(header.Name)).OrderBy(static header => header.Name, StringComparer.OrdinalIgnoreCase))
        {
            _text.Append(CultureInfo.InvariantCulture, $"{name.ToLowerInvariant()}: {value}\n");
        }
    }

    /// <summary>JSON indented, for people; streams to the byte.</summary>
    private void AddBody(string body) => _text
        .Append('\n')
        .Append(body.StartsWith('{') ? JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(body), Indented) : body.TrimEnd('\n'))
        .Append('\n');

    [GeneratedRegex("\\bbst_[A-Za-z0-9_-]+")]
    private static partial Regex Key();

    [GeneratedRegex("127\\.0\\.0\\.1:[0-9]+")]
    private static partial Regex Port();

    [GeneratedRegex("(\"(?:created|created_at|completed_at)\": ?)[0-9]+")]
    private static partial Regex Time();

    [GeneratedRegex("(sim_?)[0-9]+")]
    private static partial Regex SimulatedId();

    /// <summary>By the baseline's price, which is data that changes.</summary>
    [GeneratedRegex("(x-beast-saved-usd: ).+")]
    private static partial Regex Baseline();

    [GeneratedRegex("(req_?)[0-9a-f]{32}")]
    private static partial Regex OwnId();
}
