using System.Net;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

/// <summary>What the real APIs refuse, a strict simulator refuses, each in its own words.</summary>
public sealed class StrictTests
{
    private const string Call = """{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"a","arguments":"{}"}}]}""";
    private const string Use = """{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"a","input":{}}]}""";

    [Theory]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"top_k\":4", "Unknown parameter: 'top_k'.")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"temperature\":\"hot\"", "Invalid type for 'temperature'.")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"temperature\":3", "'temperature'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"stream_options\":{\"include_usage\":true}", "'stream_options'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"tool_choice\":\"auto\"", "'tool_choice'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"tools\":[{\"name\":\"a\"}]", "'tools[0].name'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}", "json_schema.name")]
    [InlineData("\"messages\":[]", "'messages'")]
    [InlineData("\"messages\":[{\"role\":\"robot\",\"content\":\"q\"}]", "'messages[0].role'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{}}]}]", "'messages[0].content[].type'")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"AAAA\"}}]}]", "image_url")]
    [InlineData("\"messages\":[" + Call + "]", "no tool message answers 1")]
    [InlineData("\"messages\":[" + Call + ",{\"role\":\"tool\",\"tool_call_id\":\"2\",\"content\":\"r\"}]", "tool_call_id")]
    [InlineData("\"messages\":[" + Call + ",{\"role\":\"user\",\"content\":\"r\"}]", "must be followed by tool messages")]
    public async Task Chat_IsRefused(string members, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        await RefusesAsync(sim, "/v1/chat/completions", "{\"model\":\"m\"," + members + "}", expected);
    }

    [Theory]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"n\":1", "n: Extra inputs are not permitted")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"stop_sequences\":\"a\"", "stop_sequences")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"stop_sequences\":[\" \"]", "non-whitespace")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"temperature\":1.5", "range: 0..1")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5}", "budget_tokens")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"tool_choice\":{\"type\":\"auto\"}", "tool_choice")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"tools\":[{\"name\":\"a\",\"input_schema\":{}}]", "input_schema.type")]
    [InlineData("\"messages\":[{\"role\":\"system\",\"content\":\"q\"}]", "roles must alternate")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"user\",\"content\":\"q\"}]", "roles must alternate")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\" \"}]", "non-whitespace")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}]", "expected tags")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"!\"}}]}]", "source")]
    [InlineData("\"messages\":[" + Use + ",{\"role\":\"user\",\"content\":\"r\"}]", "without `tool_result`")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"9\",\"content\":\"r\"}]}]", "unexpected `tool_use_id`")]
    public async Task Messages_AreRefused(string members, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        await RefusesAsync(sim, "/v1/messages", "{\"model\":\"m\",\"max_tokens\":100," + members + "}", expected);
    }

    [Theory]
    [InlineData(null, "", "anthropic-version")]
    [InlineData("2026-10-21", ",\"temperature\":0.5", "temperature")]
    public async Task Messages_OfAVersion_AreRefused(string? version, string extra, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        await RefusesAsync(sim, "/v1/messages", Body(extra: extra), expected, version);
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"model":"m","input":"a","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("/v1/embeddings", """{"model":"m","input":"a","dimensions":0}""", "dimensions")]
    [InlineData("/v1/embeddings", """{"model":"m","input":[]}""", "input")]
    [InlineData("/v1/embeddings", """{"model":"m","input":"a","stream":true}""", "stream")]
    [InlineData("/v1/completions", """{"model":"m","prompt":"a","messages":[]}""", "messages")]
    [InlineData("/v1/completions", """{"model":"m"}""", "prompt")]
    public async Task PlainRoutes_Refuse(string path, string body, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        await RefusesAsync(sim, path, body, expected);
    }

    private static async Task RefusesAsync(SimulatorClient sim, string path, string body, string expected, string? version = "2023-06-01")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) };
        if (version is not null)
        {
            request.Headers.Add("anthropic-version", version);
        }

        using var response = await sim.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Contains(expected, Json(text).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
