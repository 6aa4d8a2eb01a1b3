using System.Net;
using BeastOrleans.Simulator;
using Xunit;
using static BeastOrleans.UnitTests.Simulator.SimulatorClient;

namespace BeastOrleans.UnitTests.Simulator;

/// <summary>What Gemini refuses, a strict simulator refuses in Google's shape.</summary>
public sealed class GeminiStrictTests
{
    private const string User = """{"role":"user","parts":[{"text":"q"}]}""";
    private const string Call = User + """,{"role":"model","parts":[{"functionCall":{"name":"a","args":{}}}]}""";
    private const string Tool = "\"tools\":[{\"functionDeclarations\":[{\"name\":\"a\"}]}]";

    [Theory]
    [InlineData("\"turns\":[]", "contents is not specified")]
    [InlineData("\"contents\":[]", "multiturn requests end with a user role")]
    [InlineData("\"contents\":[" + User + "],\"temperature\":1", "Unknown name \"temperature\": Cannot find field.")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"stop\":[\"a\"]}", "Unknown name \"stop\" at 'generation_config'")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"temperature\":\"hot\"}", "Invalid value at 'generation_config.temperature'")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"temperature\":3}", "range [0, 2]")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"maxOutputTokens\":0}", "max_output_tokens")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"candidateCount\":9}", "candidate_count")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"stopSequences\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}", "at most 5")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"responseJsonSchema\":{}}", "response_mime_type")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"object\",\"additionalProperties\":false}}", "Unknown name \"additionalProperties\"")]
    [InlineData("\"contents\":[" + User + "],\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":1,\"thinkingLevel\":\"low\"}}", "one of thinking budget and thinking level")]
    [InlineData("\"contents\":[{\"role\":\"assistant\",\"parts\":[{\"text\":\"q\"}]}]", "valid role: user, model")]
    [InlineData("\"contents\":[" + User + "," + User + "]", "alternate between user and model")]
    [InlineData("\"contents\":[{\"role\":\"user\",\"parts\":[]}]", "must not be empty")]
    [InlineData("\"contents\":[{\"role\":\"user\",\"parts\":[{}]}]", "required oneof field 'data'")]
    [InlineData("\"contents\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"q\"}]}]", "Unknown name \"type\"")]
    [InlineData("\"contents\":[{\"role\":\"user\",\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"!\"}}]}]", "Base64 decoding failed")]
    [InlineData("\"contents\":[{\"role\":\"user\",\"parts\":[{\"inlineData\":{\"mimeType\":\"image/tiff\",\"data\":\"AAAA\"}}]}]", "Unsupported MIME type: image/tiff")]
    [InlineData("\"contents\":[" + Call + "," + User + "]", "number of function response parts")]
    [InlineData("\"contents\":[" + Call + ",{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"response\":{}}}]}]", "Name cannot be empty")]
    [InlineData("\"contents\":[" + Call + ",{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"a\",\"response\":\"text\"}}]}]", "function_response.response'")]
    [InlineData("\"contents\":[" + User + "],\"systemInstruction\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}}]}", "holds text alone")]
    [InlineData("\"contents\":[" + User + "],\"tools\":[{\"type\":\"function\"}]", "Unknown name \"type\" at 'tools[]'")]
    [InlineData("\"contents\":[" + User + "],\"tools\":[{\"functionDeclarations\":[{\"name\":\"1a\"}]}]", "Invalid function name")]
    [InlineData("\"contents\":[" + User + "],\"tools\":[{\"functionDeclarations\":[{\"name\":\"a\",\"parameters\":{\"type\":\"object\",\"$ref\":\"#\"}}]}]", "Unknown name \"$ref\"")]
    [InlineData("\"contents\":[" + User + "]," + Tool + ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"auto\"}}", "function_calling_config.mode")]
    [InlineData("\"contents\":[" + User + "]," + Tool + ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\",\"allowedFunctionNames\":[\"a\"]}}", "mode is ANY")]
    [InlineData("\"contents\":[" + User + "],\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\"}}", "without function_declarations")]
    public async Task Contents_AreRefused(string members, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var (status, text) = await sim.PostAsync(Gemini("gemini-2.5-flash"), "{" + members + "}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = Json(text).GetProperty("error");
        Assert.Equal((400, "INVALID_ARGUMENT"), (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString()));
        Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", HttpStatusCode.OK)]
    [InlineData("gemini-3-pro", HttpStatusCode.BadRequest)]
    public async Task CallsOfTheThirdFamily_NeedASignature(string model, HttpStatusCode expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        const string Result = """{"role":"user","parts":[{"functionResponse":{"name":"a","response":{"output":"r"}}}]}""";
        var (status, text) = await sim.PostAsync(Gemini(model), "{\"contents\":[" + Call + "," + Result + "]," + Tool + "}");

        Assert.Equal(expected, status);
        Assert.Contains(expected == HttpStatusCode.OK ? "The tool said: r" : "thought_signature", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Forbidden, "PERMISSION_DENIED")]
    [InlineData("wrong", HttpStatusCode.BadRequest, "API_KEY_INVALID")]
    [InlineData("right", HttpStatusCode.OK, "STOP")]
    public async Task TheKey_IsAskedAsGoogleAsksIt(string? key, HttpStatusCode expected, string said)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true, RequiredApiKey = "right" });
        using var request = new HttpRequestMessage(HttpMethod.Post, Gemini("g")) { Content = new StringContent("{\"contents\":[" + User + "]}") };
        request.Headers.Add("Authorization", "Bearer right");
        if (key is not null)
        {
            request.Headers.Add("x-goog-api-key", key);
        }

        using var response = await sim.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("streamGenerateContent", "alt=sse")]
    [InlineData("countTokens", "generateContent")]
    public async Task OtherManners_AreRefused(string verb, string expected)
    {
        await using var sim = await StartAsync(new SimulatorOptions { Strict = true });
        var (status, text) = await sim.PostAsync($"/v1beta/models/g:{verb}", "{\"contents\":[" + User + "]}");

        Assert.True(status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, text);
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    private static string Gemini(string model) => $"/v1beta/models/{model}:generateContent";
}
