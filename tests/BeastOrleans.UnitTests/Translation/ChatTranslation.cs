using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using BeastOrleans.UnitTests.Architecture;
using BeastOrleans.UnitTests.Upstreams;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>Chat requests through the translations, and goldens beside the tests (UPDATE_GOLDEN=1 writes them).</summary>
internal static class ChatTranslation
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TranslatedRequest ToMessages(string request, string model = "claude-sonnet-4-5") =>
        Translate(request, (read, root) => ChatToMessages.Translate(read, root, model));

    public static TranslatedRequest ToGemini(string request, string model = "gemini-2.5-flash") =>
        Translate(request, (read, root) => ChatToGemini.Translate(read, root, model));

    /// <summary>A request with these members beside one user message.</summary>
    public static string With(string members) =>
        """{"messages":[{"role":"user","content":"x"}]""" + (members.Length > 0 ? "," + members : "") + "}";

    public static JsonNode Body(this TranslatedRequest translated)
    {
        Assert.Null(translated.Refusal);
        return JsonNode.Parse(translated.Body.Span)!;
    }

    public static void Golden(string name, JsonNode actual)
    {
        var path = Path.Combine(Repository.Root.FullName, "tests/BeastOrleans.UnitTests/Translation/Golden", name + ".json");
        var text = actual.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }

    private static TranslatedRequest Translate(string request, Func<BeastOrleans.Upstreams.OpenAI.ChatRequest, JsonElement, TranslatedRequest> translate)
    {
        var read = UpstreamFixture.Request(request);
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(request));
        return translate(read, document.RootElement);
    }
}
